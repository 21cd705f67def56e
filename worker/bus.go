package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass"
)

// busDeadline is how long NATS may take to answer where it is required.
const busDeadline = 10 * time.Second

// requireBus ends the whole server where no NATS server answers in time.
func (w *worker) requireBus() error {
	ctx, cancel := context.WithTimeout(w.ctx, busDeadline)
	defer cancel()
	err := w.bus.Flush(ctx)
	if err == nil || w.ctx.Err() != nil {
		return nil
	}
	text := fmt.Sprintf("no NATS server answers at %s within %v: start one, or leave out --nats-required", broker.Redact(w.hello.Bus.URLs), busDeadline)
	if err := w.control.Send(fdpass.Failed{Message: text, Exit: 1}); err != nil {
		return fmt.Errorf("tell the master: %w", err)
	}
	return nil
}

// spokesman lets one worker tell how the bus is: the others' connections go the
// same way, and their words would be the same.
func spokesman(l *slog.Logger, slot uint8) *slog.Logger {
	if slot == 0 {
		return l
	}
	return slog.New(errorsOnly{l.Handler()})
}

// errorsOnly passes on what somebody has to see.
type errorsOnly struct{ slog.Handler }

// Enabled refuses what is below an error.
func (h errorsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the restriction.
func (h errorsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return errorsOnly{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the restriction.
func (h errorsOnly) WithGroup(name string) slog.Handler {
	return errorsOnly{h.Handler.WithGroup(name)}
}
