package master

import (
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// MaxWorkers is the largest number of slots: a slot's number is one byte of a session id.
const MaxWorkers = 256

// Options say what Run is to serve.
type Options struct {
	Listen          []string        // addresses, as Listen takes them; at least one
	Workers         int             // 1 to MaxWorkers
	Balance         Balance         // how a slot is chosen; "" is RemoteAddress
	Worker          json.RawMessage // the workers' configuration, passed on unread
	Embedded        json.RawMessage // the embedded bus server's configuration, passed on unread; nil: there is no such child
	Bus             fdpass.Bus      // the bus. With Embedded the URLs and the credentials are filled in per boot
	ShutdownTimeout time.Duration   // from the beginning of an orderly end to its end by force; 0 is DefaultShutdownTimeout
	Program         string          // what ps shows before the role; "" is "ioserver"
	Logger          *slog.Logger    // nil: nothing is logged
	Started         func(Started)   // called once, when all slots serve for the first time; may be nil
	Kill            <-chan struct{} // closing it ends Run at once; may be nil
	Counters        *Counters       // filled while running; may be nil
}

// DefaultShutdownTimeout is Options.ShutdownTimeout's default.
const DefaultShutdownTimeout = 10 * time.Second

// Started is what is known when all slots serve for the first time.
type Started struct {
	Addresses []string // in the order of Options.Listen, a port 0 replaced by the real one
	Workers   int
	Took      time.Duration // since Run began
}

// ErrKilled is Run's error after Options.Kill.
var ErrKilled = errors.New("ended at once, without waiting for the workers")

// ExitError is Run's error when a child has said that starting it again would not help.
type ExitError struct {
	Code    int
	Message string
}

func (e *ExitError) Error() string { return e.Message }

func (o *Options) defaults() error {
	switch {
	case len(o.Listen) == 0:
		return errors.New("master: no address to listen on")
	case o.Workers < 1 || o.Workers > MaxWorkers:
		return errors.New("master: number of workers out of range")
	}
	if o.ShutdownTimeout <= 0 {
		o.ShutdownTimeout = DefaultShutdownTimeout
	}
	if o.Program == "" {
		o.Program = "ioserver"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Counters == nil {
		o.Counters = new(Counters)
	}
	return nil
}
