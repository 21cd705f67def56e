package socketio

import (
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// Options of a Server. The zero value is usable.
type Options struct {
	// Loop owns the server's clients. nil: a loop of the server's own, which
	// Close ends. A given one is run and stopped by its owner; it may be
	// running, and several servers may share it.
	Loop *loop.Loop
	// Engine is the Engine.IO server's part. The zero value means
	// [DefaultEngine]; to change one of its fields begin with that.
	Engine engineio.Options
	// ConnectTimeout is how long a client may take to join its first
	// namespace: 45 s.
	ConnectTimeout time.Duration
	// MaxAttachments bounds the binary attachments of a client's event: 10.
	MaxAttachments int
	// AttachmentTimeout is how long the next attachment of an event may take:
	// 30 s.
	AttachmentTimeout time.Duration
	Limits            Limits
	// CleanupEmptyNamespaces ends a namespace that a parent has made when its
	// last client on this worker is gone, and makes it anew for the next. Its
	// rooms are gone then anyway, and handlers that were registered with the
	// child by itself go with it; broadcasts of one that is still held reach
	// its successor. false: it stays.
	CleanupEmptyNamespaces bool

	// Adapter joins this server with others; nil, and no Feed: it is alone.
	// NewServer starts it, Close closes it.
	Adapter Adapter
	// Feed is short for Adapter: NewFeedAdapter(Feed, Logger).
	Feed *feed.Feed
	// Home is what the ids made here name. With an Adapter it is the adapter's,
	// and need not be given.
	Home sid.Home
	// Key signs ids. nil: random.
	Key *sid.Key
	// Locator finds the homes of ids; nil: Key does, which all workers of a
	// cluster share then.
	Locator Locator

	// Every is called with each namespace, and with each parent of dynamic ones,
	// as it is made, the root first: what it registers comes before all else, so
	// that nobody can make a namespace without, say, the middleware that asks for
	// a token. It does not ask for namespaces itself. May be nil.
	Every func(Registrar)

	// Logger is nil for slog.Default.
	Logger *slog.Logger
}

// Locator tells which worker made an id: a *sid.Key, for ids of that key, or
// whatever knows several. False: none did that is there. It is asked from any
// goroutine, also the loop's, and does not block.
type Locator interface {
	Home(d sid.Domain, id string) (sid.Home, bool)
}

// DefaultEngine is Engine.IO's defaults under Socket.IO's path.
func DefaultEngine() engineio.Options {
	o := engineio.DefaultOptions()
	o.Path = "/socket.io/"
	return o
}

func (o Options) complete() (Options, error) {
	if reflect.ValueOf(o.Engine).IsZero() {
		o.Engine = DefaultEngine()
	}
	if o.Engine.Path == "" {
		o.Engine.Path = DefaultEngine().Path
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Engine.Logger == nil {
		o.Engine.Logger = o.Logger
	}
	if err := o.join(); err != nil {
		return o, err
	}
	for _, d := range []struct {
		name      string
		value     *time.Duration
		byDefault time.Duration
	}{
		{"ConnectTimeout", &o.ConnectTimeout, defaultConnectTimeout},
		{"AttachmentTimeout", &o.AttachmentTimeout, defaultAttachmentTimeout},
	} {
		if *d.value == 0 {
			*d.value = d.byDefault
		}
		if *d.value < 0 {
			return o, fmt.Errorf("option %s is negative", d.name)
		}
	}
	if o.MaxAttachments == 0 {
		o.MaxAttachments = defaultMaxAttachments
	}
	if o.MaxAttachments < 0 || o.MaxAttachments > attachmentsCeiling {
		return o, fmt.Errorf("option MaxAttachments is %d: 1 to %d are possible", o.MaxAttachments, attachmentsCeiling)
	}
	return o, o.Limits.complete(o.Engine.MaxHTTPBufferSize)
}

// join checks what a cluster needs.
func (o *Options) join() error {
	if o.Feed != nil {
		if o.Adapter != nil {
			return fmt.Errorf("options Adapter and Feed cannot be combined")
		}
		o.Adapter = NewFeedAdapter(o.Feed, o.Logger)
	}
	if o.Adapter == nil {
		return nil
	}
	if o.Engine.GenerateID != nil {
		return fmt.Errorf("option Engine.GenerateID cannot be combined with Adapter or Feed: ids must name their home")
	}
	home := o.Adapter.Home()
	if o.Home != home && o.Home != (sid.Home{}) {
		return fmt.Errorf("option Home is %v, but the adapter's %v", o.Home, home)
	}
	o.Home = home
	if o.Key == nil {
		return fmt.Errorf("options Adapter and Feed need a Key: the one that the workers share, or this worker's own beside a Locator")
	}
	return nil
}

// complete puts the defaults in. Every field is an int.
func (l *Limits) complete(bufferSize int) error {
	given, byDefault := reflect.ValueOf(l).Elem(), reflect.ValueOf(defaultLimits)
	for i := range given.NumField() {
		switch n := given.Field(i).Int(); {
		case n < 0:
			return fmt.Errorf("option Limits.%s is negative", given.Type().Field(i).Name)
		case n == 0:
			given.Field(i).Set(byDefault.Field(i))
		}
	}
	l.BurstBytes = max(l.BurstBytes, 8*bufferSize)
	return nil
}
