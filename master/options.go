package master

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// MaxWorkers is the largest number of slots: a slot's number is one byte of a session id.
const MaxWorkers = 256

// Options say what Run is to serve.
type Options struct {
	Listen          []string        // addresses: host:port, :port, [::]:port or unix:/path; at least one, here or in Inherited
	API             []string        // addresses for the HTTP API, in the same forms; their connections go to the serving slots in turn
	Inherited       []Inherited     // listening sockets that somebody else has made
	Workers         int             // 1 to MaxWorkers
	Balance         Balance         // how a slot is chosen; "" is RemoteAddress
	Limits          Limits          // of connections of clients
	BalanceHeader   string          // the field that Header goes by; "" is proxy.ForwardedFor
	TrustedProxies  []string        // networks, addresses and "unix": who is believed what it says of its clients
	ProxyProtocol   bool            // connections of clients that come from TrustedProxies begin with a PROXY header
	Worker          json.RawMessage // the workers' configuration, passed on unread
	Embedded        json.RawMessage // the embedded bus server's configuration, passed on unread; nil: there is no such child
	Bus             fdpass.Bus      // the bus. With Embedded the URLs and the credentials are filled in per boot
	ShutdownTimeout time.Duration   // from the beginning of an orderly end to its end by force; 0 is DefaultShutdownTimeout
	Program         string          // what ps shows before the role; "" is "ioserver"
	Logger          *slog.Logger    // nil: nothing is logged
	Started         func(Started)   // called once, when all slots serve for the first time; may be nil
	Stopping        func()          // called once, when an orderly end begins; may be nil
	Reload          <-chan Reload   // received from until Run returns; may be nil
	Pulse           time.Duration   // how often OnPulse is called; 0: never
	OnPulse         func(Pulse)     // called while not stopping; may be nil. A master that hangs misses it
	Kill            <-chan struct{} // closing it ends Run at once; may be nil

	// Started, Stopping and OnPulse are called by the goroutine that does everything here, and must not block.
}

// Inherited is a listening TCP or Unix stream socket of a service manager's. It is not removed at the end.
type Inherited struct {
	File *os.File // Run takes its own descriptor of it, and closes this one
	Name string   // for errors and the log
	API  bool     // it is for the HTTP API
}

// Reload is a new configuration. What is empty stays as it is.
type Reload struct {
	Worker          json.RawMessage // for the workers, now and later
	Embedded        json.RawMessage // for the embedded bus server, if there is one
	ShutdownTimeout time.Duration
	TrustedProxies  []string // nil: they stay
	Limits          *Limits  // Connections and PerAddress can be lowered and raised, or set to 0, but not begun while both were 0 at the start
}

// Pulse is how the slots are.
type Pulse struct {
	Serving int // slots with a worker that serves and is not stalled
	Slots   int
}

// DefaultShutdownTimeout is Options.ShutdownTimeout's default.
const DefaultShutdownTimeout = 10 * time.Second

// Started is what is known when all slots serve for the first time.
type Started struct {
	Addresses []string // in the order of Options.Listen, a port 0 replaced by the real one, then of Options.Inherited
	API       []string // likewise, of the HTTP API
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
	case len(o.Listen) == 0 && !slices.ContainsFunc(o.Inherited, func(i Inherited) bool { return !i.API }):
		return errors.New("master: no address to listen on")
	case o.Workers < 1 || o.Workers > MaxWorkers:
		return errors.New("master: number of workers out of range")
	case o.Limits.Connections < 0 || o.Limits.PerAddress < 0 || o.Limits.AcceptRate < 0:
		return errors.New("master: a limit below 0")
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
	return nil
}
