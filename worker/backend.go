package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/overnats"
	"github.com/ioserver/ioserver/worker/backend/webhook"
)

// overNATS is the Backend.At of applications on the bus.
const overNATS = "nats"

// handlersPerCall is how many handlers may wait for each call that may be under
// way: a handler waits with its call.
const handlersPerCall = 4

// outside is the application outside. A nil one is none.
type outside struct {
	backend *backend.Backend
	bus     *broker.NATS    // nil unless it is asked over NATS
	webhook *webhook.Caller // nil unless it is asked by HTTP
}

// handlers bounds those that run or wait, where an application outside is asked.
func (c *Backend) handlers() int {
	if c.At == "" {
		return 0
	}
	return max(4096, handlersPerCall*c.InFlight)
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
	o.backend, err = backend.New(backend.Options{
		Caller: caller, Timeout: c.Timeout, AllowAbsent: c.AllowAbsent, InFlight: c.InFlight,
		MaxBytes: 4 * w.config.MaxHTTPBufferSize, Logger: w.logger,
	})
	if err != nil {
		return errors.Join(err, caller.Close())
	}
	w.outside = o
	return o.backend.ServeNamespaces(w.io, c.Namespaces)
}

func (o *outside) caller(w *worker) (_ backend.Caller, err error) {
	c := &w.config.Backend
	if c.At != overNATS {
		o.webhook, err = webhook.New(webhook.Options{URL: c.At, Secrets: c.Secrets, Connections: c.Connections})
		return o.webhook, err
	}
	o.bus, err = broker.ConnectNATS(broker.NATSOptions{
		Servers: w.hello.Bus.URLs,
		User:    w.hello.Bus.User,
		Secret:  w.hello.Bus.Password,
		Name:    fmt.Sprintf("ioserver node %d slot %d, to the application", w.hello.Node, w.hello.Slot),
		Inbox:   overnats.Inbox(w.hello.Bus.Cluster),
		Logger:  spokesman(w.logger, 1), // the bus's own connection says how NATS is
	})
	if err != nil {
		return nil, err
	}
	return overnats.New(o.bus, w.hello.Bus.Cluster), nil
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
	return o.backend.Close()
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
