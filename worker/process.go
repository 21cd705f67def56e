package worker

import "log/slog"

// Process is what a worker needs of the process that it runs in.
type Process struct {
	Logger *slog.Logger
	// SetLevel changes the level of the Logger; nil: it cannot be changed.
	SetLevel func(slog.Level)
	// LogLost counts the log lines that could not be written; nil: none is lost.
	LogLost func() uint64
}
