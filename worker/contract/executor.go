package contract

import (
	"context"
	"errors"

	"github.com/ioserver/ioserver/protocol/sio"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Executor carries commands out on a server. It holds nothing, and may be used
// from any goroutine that may wait.
type Executor struct {
	Server *socketio.Server
}

// Done is the answer to a command that tells nothing else.
type Done struct {
	OK bool `json:"ok"`
}

// Run checks the body of a command and carries it out on the whole cluster. The
// answer is one of this package's types, to be encoded as JSON within most
// bytes. What is refused has had no effect.
func (x *Executor) Run(ctx context.Context, name string, body []byte, most int) (answer any, err *Error) {
	c, err := Parse(name, body)
	if err != nil {
		return nil, err
	}
	return x.Do(ctx, c, most)
}

// Do is Run for a command that has been checked.
func (x *Executor) Do(ctx context.Context, c *Command, most int) (any, *Error) {
	ns, err := x.namespace(c)
	if err != nil {
		return nil, err
	}
	if c.Socket != "" {
		if err := c.present(ctx, ns.To(c.Socket)); err != nil {
			return nil, err
		}
	}
	if c.Name == ServerSideEmitCommand {
		return serverSideEmit(ctx, ns, c, most)
	}
	return c.do(ctx, target(ns, c), most)
}

// Here carries a simple command out on the sockets of this worker only, and
// keeps the order of the goroutine's calls. A namespace that this worker does
// not have has no sockets here, and no socket is looked for.
func (x *Executor) Here(c *Command) *Error {
	ns := x.Server.Lookup(c.Namespace)
	if ns == nil {
		return nil
	}
	return c.change(target(ns, c).Local())
}

// DoHere is Do on the sockets of this worker only.
func (x *Executor) DoHere(ctx context.Context, c *Command, most int) (any, *Error) {
	if c.Name == ServerSideEmitCommand {
		return nil, refuse(BadSubject, "%s is for no worker alone", c.Name)
	}
	ns, err := x.namespace(c)
	if err != nil {
		return nil, err
	}
	if c.Socket != "" {
		if err := c.present(ctx, ns.To(c.Socket).Local()); err != nil {
			return nil, err
		}
	}
	return c.do(ctx, target(ns, c).Local(), most)
}

func (c *Command) do(ctx context.Context, b socketio.Broadcast, most int) (any, *Error) {
	switch {
	case c.Name == SocketsCommand:
		return c.sockets(ctx, b, most)
	case c.Name == RoomsCommand:
		return c.rooms(ctx, b, most)
	case c.AckTimeout > 0:
		return c.emitWithAck(ctx, b, most)
	}
	if err := c.change(b); err != nil {
		return nil, err
	}
	return Done{OK: true}, nil
}

// Simple reports whether the command answers nothing but that it is done, so
// that each worker can do its part by itself.
func (c *Command) Simple() bool {
	switch c.Name {
	case EmitCommand:
		return c.AckTimeout == 0
	case JoinCommand, LeaveCommand, DisconnectCommand:
		return true
	}
	return false
}

// Check tells what an emission would be refused for, without doing it.
func (x *Executor) Check(ctx context.Context, c *Command) *Error {
	ns, err := x.namespace(c)
	if err != nil {
		return err
	}
	if c.Socket != "" {
		if err := c.present(ctx, ns.To(c.Socket)); err != nil {
			return err
		}
	}
	return c.failed(target(ns, c).Check(c.Event, c.args()...))
}

// namespace is one that this worker has, or others may have.
func (x *Executor) namespace(c *Command) (*socketio.Namespace, *Error) {
	if ns := x.Server.Reach(c.Namespace); ns != nil {
		return ns, nil
	}
	return nil, refuse(UnknownNamespace, "there is no namespace %s", Show(c.Namespace))
}

// present asks whether the socket of a command is there.
func (c *Command) present(ctx context.Context, b socketio.Broadcast) *Error {
	ctx, cancel := context.WithTimeout(ctx, queryPatience)
	defer cancel()
	all, err := b.FetchSockets(ctx)
	for _, s := range all {
		if s.ID() == c.Socket {
			return nil
		}
	}
	switch workers := workersOf(err); {
	case err != nil && workers == nil:
		return c.failed(err)
	case errors.Is(err, socketio.ErrUnmet):
		return unmet()
	case len(workers) > 0:
		return refuse(Unanswered, "whether socket %s is there is not known: slot %d of node %d has not answered", Show(c.Socket), workers[0].Slot, workers[0].Node)
	}
	return refuse(UnknownSocket, "there is no socket %s", Show(c.Socket))
}

// unmet is for what only all workers can answer, where this one does not know
// all.
func unmet() *Error {
	return refuse(Unanswered, "this worker does not know all others: it has just begun, or has had no bus yet")
}

// target is whom a command is for.
func target(ns *socketio.Namespace, c *Command) socketio.Broadcast {
	b := ns.To(c.Rooms...).Except(c.Except...)
	if c.Volatile {
		b = b.Volatile()
	}
	if c.Plain {
		b = b.Compress(false)
	}
	return b
}

// change carries a simple command out.
func (c *Command) change(b socketio.Broadcast) *Error {
	switch c.Name {
	case EmitCommand:
		return c.failed(b.Emit(c.Event, c.args()...))
	case JoinCommand:
		return c.failed(b.SocketsJoin(c.Names...))
	case LeaveCommand:
		return c.failed(b.SocketsLeave(c.Names...))
	case DisconnectCommand:
		return c.failed(b.DisconnectSockets(c.Close))
	}
	return refuse(UnknownCommand, "there is no command %s", Show(c.Name))
}

func (c *Command) args() []any {
	if c.Args == nil {
		return nil
	}
	return []any{c.Args}
}

// failed says why the server has not done what a command wants.
func (c *Command) failed(err error) *Error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, socketio.ErrReserved):
		return refuse(ReservedEvent, "event %s belongs to the protocol", Show(c.Event))
	case errors.Is(err, socketio.ErrTooManyRooms):
		return tooManyRooms("rooms and except")
	case errors.Is(err, socketio.ErrRoomName):
		return refuse(InvalidValue, "%v", err)
	case errors.Is(err, sio.ErrPlaceholder):
		return refuse(InvalidValue, `field "args" holds an object with "_placeholder" beside binary: Socket.IO would take it for binary`)
	case errors.Is(err, socketio.ErrTooLarge):
		return refuse(TooLarge, "%v", err)
	case workersOf(err) != nil: // a join that others have not done yet, for all that is known
		return refuse(Unanswered, "%v", err)
	case errors.Is(err, socketio.ErrBusy):
		return refuse(TooManyRequests, "%v", err)
	case errors.Is(err, socketio.ErrClosed):
		return refuse(Stopping, "the worker is about to end")
	}
	return refuse(Internal, "%v", err)
}
