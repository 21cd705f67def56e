package command

import (
	"fmt"
	"strings"
	"unicode"
)

// usageError is something typed that cannot be used.
type usageError struct {
	what     string // "--flag", "IOSERVER_FLAG", "file:line: flag" or "argument"
	given    string // the value, if there is one
	accepted string // what would be good
	problem  string // what is wrong, where accepted does not say it
}

func (e *usageError) Error() string {
	problem := e.problem
	if problem == "" {
		problem = "accepted: " + e.accepted
	}
	if e.given == "" {
		return fmt.Sprintf("%s: %s", e.what, problem)
	}
	return fmt.Sprintf("%s %s: %s", e.what, quote(e.given), problem)
}

// quoted is the length of what is quoted in an error.
const quoted = 80

// quote keeps what was typed on one line, and short.
func quote(s string) string { return fmt.Sprintf("%q", strings.ToValidUTF8(clip(s), "?")) }

func clip(s string) string {
	if len(s) > quoted {
		return s[:quoted] + "..."
	}
	return s
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
