package command

import (
	"fmt"
	"strings"
	"unicode"
)

// usageError is something typed that cannot be used.
type usageError struct {
	what     string // "--flag", "IOSERVER_FLAG", "file:line: flag" or "argument"
	given    string
	accepted string
}

func (e *usageError) Error() string {
	if e.given == "" {
		return fmt.Sprintf("%s: accepted: %s", e.what, e.accepted)
	}
	return fmt.Sprintf("%s %s: accepted: %s", e.what, quote(e.given), e.accepted)
}

// quote keeps what was typed on one line, and short.
func quote(s string) string {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	return fmt.Sprintf("%q", strings.ToValidUTF8(s, "?"))
}

// oneLine is a name or a message for a line of output: nothing in it starts
// another line or speaks to the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
