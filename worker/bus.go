package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
)

// busDeadline is how long NATS may take to answer where it is required.
const busDeadline = 10 * time.Second

// Whatever a client may send travels between workers too, beside the names of
// the rooms that it is for.
const (
	roomsBytes    = 16 << 20
	leastMessage  = 32 << 20
	frameOverhead = 1 << 20
)

// busLimits bound what travels on the bus, in bytes.
type busLimits struct {
	message int // of the feed
	frame   int // of the broker: a message of the feed with what the feed adds
	joining int // unfinished frames, all together
}

func busLimitsFor(maxHTTPBufferSize int) busLimits {
	message := max(leastMessage, maxHTTPBufferSize+roomsBytes)
	frame := message + frameOverhead
	return busLimits{message: message, frame: frame, joining: 4 * frame}
}

// buffer is the largest MaxHTTPBufferSize that these limits leave room for.
func (l busLimits) buffer() int { return l.message - roomsBytes }

func (w *worker) joinBus(home sid.Home) (err error) {
	limits := busLimitsFor(w.config.MaxHTTPBufferSize)
	w.limits = limits
	w.bus, err = broker.ConnectNATS(broker.NATSOptions{
		Servers:    w.hello.Bus.URLs,
		User:       w.hello.Bus.User,
		Secret:     w.hello.Bus.Password,
		Name:       fmt.Sprintf("ioserver node %d slot %d", home.Node, home.Slot),
		MaxMessage: limits.frame,
		JoinBytes:  limits.joining,
		Logger:     spokesman(w.logger, home.Slot),
	})
	if err != nil {
		return err
	}
	if err = w.newRoster(); err != nil {
		return err
	}
	w.feed, err = feed.New(w.bus, feed.Options{
		Cluster:    w.hello.Bus.Cluster,
		Origin:     feed.Origin{Node: home.Node, Slot: home.Slot},
		MaxMessage: limits.message,
		Others:     w.others,
		Logger:     w.logger,
	})
	return err
}

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
