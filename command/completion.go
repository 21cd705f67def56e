package command

import "io"

// completion prints the script for a shell.
func (p *program) completion(shell string) error {
	script := map[string]func(*program) string{"bash": (*program).bash, "zsh": (*program).zsh, "fish": (*program).fish}[shell](p)
	_, err := io.WriteString(p.out, script)
	return err
}
func (p *program) bash() string     { return "" }
func (p *program) zsh() string      { return "" }
func (p *program) fish() string     { return "" }
func (p *program) man(string) error { return nil }
