package worker

import (
	"log/slog"
	"os"
)

// Process is what a worker needs of the process that it runs in.
type Process struct {
	Logger *slog.Logger
	// SetLevel changes the level of the Logger; nil: it cannot be changed.
	SetLevel func(slog.Level)
	// LogLost counts the log lines that could not be written; nil: none is lost.
	LogLost func() uint64
	// Exit ends the process at once, but for what is left of the log; nil: os.Exit.
	Exit func(status int)
}

// exit does not return.
func (p *Process) exit(status int) {
	if p.Exit != nil {
		p.Exit(status)
	}
	os.Exit(status)
}
