package worker

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/estate"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/overnats"
	"github.com/ioserver/ioserver/worker/backend/webhook"
	"github.com/ioserver/ioserver/worker/witness"
)

// overNATS is the Backend.At of applications on the bus.
const overNATS = "nats"

// handlersLeft is how many handlers the application outside leaves to others,
// however slow it is.
const handlersLeft = 4096

// outside is the application outside. A nil one is none.
type outside struct {
	backend *backend.Backend
	bus     *broker.NATS    // nil unless it is asked over NATS
	webhook *webhook.Caller // nil unless it is asked by HTTP
	witness *witness.Witness
}

// handlers bounds those that run or wait, where an application outside is asked.
func (c *Backend) handlers() int {
	if c.At == "" {
		return 0
	}
	return handlersLeft + backend.Handlers(c.InFlight)
}

// newOutside has the application decide and answer in its namespaces.
func (w *worker) newOutside() (err error) {
	c := &w.config.Backend
	if c.At == "" {
		return nil
	}
	o := new(outside)
	caller, err := o.caller(w)
	if err != nil {
		return err
	}
	if o.witness, err = w.newWitness(o); err == nil {
		o.backend, err = backend.New(backend.Options{
			Caller: caller, Timeout: c.Timeout, AllowAbsent: c.AllowAbsent, InFlight: c.InFlight,
			MaxBytes: 4 * w.config.MaxHTTPBufferSize, Ledger: o.witness, Logger: w.logger,
		})
	}
	if err != nil {
		return errors.Join(err, caller.Close())
	}
	w.outside = o
	return o.backend.ServeNamespaces(w.io, c.Namespaces)
}

// newWitness has others know what the application is owed.
func (w *worker) newWitness(o *outside) (*witness.Witness, error) {
	left, inherited := w.estate()
	return witness.New(w.bus, witness.Options{
		Cluster: w.hello.Bus.Cluster,
		Self: roster.Member{
			Node: roster.Node{ID: w.hello.Node, Boot: w.hello.Boot}, Slot: uint8(w.hello.Slot), Life: w.hello.Life,
		},
		Tell:   func(ctx context.Context, farewell []byte) error { return o.backend.Farewell(ctx, farewell) },
		Disown: func(id string) { o.backend.Disown(id) },
		Estate: left, Left: inherited,
		Logger: w.logger,
	})
}

// estate is where what the application is owed outlives this worker; nil, where
// there is none. One that cannot be read is not worth the slot.
func (w *worker) estate() (*estate.Estate, []estate.Legacy) {
	fd := w.control.Estate(w.hello.Slots)
	if fd < 0 {
		return nil, nil
	}
	e, left, err := estate.Open(os.NewFile(uintptr(fd), "estate"), w.hello.Life)
	if err != nil {
		w.logger.Error("what this slot's earlier workers owed the application is lost", "error", err)
	}
	return e, left
}

// start has others' words heard, before the roster tells that this worker is
// there.
func (o *outside) start() error {
	if o == nil {
		return nil
	}
	return o.witness.Start()
}

// member hears who comes and goes.
func (o *outside) member(m roster.Member, alive bool) {
	if o != nil {
		o.witness.Member(m, alive)
	}
}

func (o *outside) caller(w *worker) (_ backend.Caller, err error) {
	c := &w.config.Backend
	if c.At != overNATS {
		o.webhook, err = webhook.New(webhook.Options{URL: c.At, Secrets: c.Secrets, Connections: c.Connections})
		return o.webhook, err
	}
	if o.bus, err = w.dialOutside(); err != nil {
		return nil, err
	}
	return overnats.New(inOrder{o.bus}, w.hello.Bus.Cluster), nil
}

// nats is the connection to an application on the bus; nil: there is none.
func (o *outside) nats() *broker.NATS {
	if o == nil {
		return nil
	}
	return o.bus
}

// moved follows the bus to its new address.
func (o *outside) moved(urls []string) error {
	if o == nil || o.bus == nil {
		return nil
	}
	return o.bus.SetServers(urls)
}

// reload takes other secrets.
func (o *outside) reload(c *Backend) {
	if o != nil && o.webhook != nil {
		o.webhook.SetSecrets(c.Secrets)
	}
}

// hurry gives the application a part of the time that a worker has to end: what
// it has not heard until then another worker tells.
func (o *outside) hurry(within time.Duration) (stop func() bool) {
	if o == nil {
		return func() bool { return true }
	}
	return time.AfterFunc(within/2, o.backend.Hurry).Stop
}

func (o *outside) close() error {
	if o == nil {
		return nil
	}
	return errors.Join(o.backend.Close(), o.witness.Close())
}

// settle waits until what dead workers owed has been told, and what this one does
// as far as somebody hears it.
func (o *outside) settle(ctx context.Context) {
	if o != nil {
		o.witness.Settle(ctx)
		o.backend.Settle(ctx)
	}
}

func (o *outside) witnessed() witness.Stats {
	if o == nil {
		return witness.Stats{}
	}
	return o.witness.Stats()
}

// ready waits until the application can be asked, for a moment.
func (o *outside) ready(ctx context.Context) {
	if o == nil || o.bus == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, introduceDeadline)
	defer cancel()
	_ = o.bus.Flush(ctx) // who asks meanwhile is told that nobody is there
}

func (o *outside) stats() backend.Stats {
	if o == nil {
		return backend.Stats{}
	}
	return o.backend.Stats()
}
