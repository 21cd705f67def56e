package command

import (
	"fmt"
	"os"
)

// checkConfig reads everything as a start would.
func checkConfig(p *program, _ string) error {
	c, err := load(p.line)
	if err != nil {
		return err
	}
	for _, w := range c.warnings() {
		fmt.Fprintln(os.Stderr, "ioserver: warning:", w)
	}
	if !p.switches["print"] {
		_, err := fmt.Fprintln(p.out, "configuration is good")
		return err
	}
	text, err := c.effective()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "# configuration is good\n%s", text)
	return err
}
