package command

import (
	"log/slog"
	"os"
)

// logging is how a process logs; the master's choice reaches its children.
type logging struct {
	LogLevel  slog.Level
	LogFormat string
}

// logger writes one line an event to standard error.
func (l logging) logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: l.LogLevel}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}
