package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/backend/overnats"
	"github.com/ioserver/ioserver/worker/intake"
)

// commands are what applications have this worker do, over NATS. A nil one takes
// none.
type commands struct {
	intake *intake.Intake
	bus    *broker.NATS // its own; nil where it shares the application's
}

// dialOutside connects to where applications are. What they send waits apart
// from what workers tell each other.
func (w *worker) dialOutside() (*broker.NATS, error) {
	return broker.ConnectNATS(broker.NATSOptions{
		Servers: w.hello.Bus.URLs,
		User:    w.hello.Bus.User,
		Secret:  w.hello.Bus.Password,
		Name:    fmt.Sprintf("ioserver node %d slot %d, to the application", w.hello.Node, w.hello.Slot),
		Inbox:   overnats.Inbox(w.hello.Bus.Cluster),
		Logger:  spokesman(w.logger, 1), // the bus's own connection says how NATS is
	})
}

// newCommands begins to take commands, where that is wanted.
func (w *worker) newCommands() error {
	if !w.config.Commands {
		return nil
	}
	c := new(commands)
	bus := w.outside.nats()
	if bus == nil {
		var err error
		if bus, err = w.dialOutside(); err != nil {
			return err
		}
		c.bus = bus
	}
	slot := uint8(w.hello.Slot)
	var err error
	c.intake, err = intake.New(intake.Options{
		Bus: bus, Cluster: w.hello.Bus.Cluster, Home: sid.Home{Node: w.hello.Node, Slot: slot},
		Server: w.io, Logger: spokesman(w.logger, slot),
	})
	if err != nil && c.bus != nil {
		err = errors.Join(err, c.bus.Close())
	}
	if err == nil {
		w.commands = c
	}
	return err
}

// ready waits until commands are heard, for a moment.
func (c *commands) ready(ctx context.Context) {
	if c == nil || c.bus == nil {
		return // the application's connection is waited for anyway
	}
	ctx, cancel := context.WithTimeout(ctx, introduceDeadline)
	defer cancel()
	_ = c.bus.Flush(ctx)
}

// moved follows the bus to its new address.
func (c *commands) moved(urls []string) error {
	if c == nil || c.bus == nil {
		return nil
	}
	return c.bus.SetServers(urls)
}

func (c *commands) close() error {
	if c == nil {
		return nil
	}
	err := c.intake.Close()
	if c.bus != nil {
		err = errors.Join(err, c.bus.Close())
	}
	return err
}

func (c *commands) stats() intake.Stats {
	if c == nil {
		return intake.Stats{}
	}
	return c.intake.Stats()
}

// inOrder is a connection on which an answer is known only once the commands are
// done that came before it: what an application has published by the time that
// it answers an event, the client finds done when it hears the answer.
type inOrder struct{ *broker.NATS }

// Request implements [broker.Broker].
func (o inOrder) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	answer, err := o.NATS.Request(ctx, subject, data)
	if err == nil {
		err = o.Behind(ctx)
	}
	return answer, err
}
