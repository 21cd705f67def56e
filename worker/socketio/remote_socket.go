package socketio

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// RemoteSocket is what is known of a socket, of this worker or of another one,
// at the time of [Broadcast.FetchSockets], and a handle for it. Its methods may
// be called from any goroutine. What they send goes straight to the socket's
// worker; a socket that has gone since is no error to most of them.
type RemoteSocket struct {
	ns    *Namespace
	id    string
	rooms []string
	data  []byte // JSON, or nil

	local     *Socket // of this worker, or nil
	handshake []byte  // JSON, of another worker's
}

// ID is the socket's id.
func (r *RemoteSocket) ID() string { return r.id }

// Namespace is the namespace that the socket is in.
func (r *RemoteSocket) Namespace() *Namespace { return r.ns }

// Rooms are the rooms that the socket was in, its id first.
func (r *RemoteSocket) Rooms() []string { return slices.Clone(r.rooms) }

// Handshake is how the socket came, decoded anew at each call.
func (r *RemoteSocket) Handshake() Handshake {
	if r.local != nil {
		return r.local.Handshake()
	}
	h, _ := decodeHandshake(r.handshake) // checked when it came
	return h
}

// Data decodes what [Socket.SetData] had kept into what v points to. Without it
// v stays as it is.
func (r *RemoteSocket) Data(v any) error {
	if r.data == nil {
		return nil
	}
	if err := json.Unmarshal(r.data, v); err != nil {
		return fmt.Errorf("data of socket %s: %w", r.id, err)
	}
	return nil
}

// seal makes the socket fit for other workers.
func (r *RemoteSocket) seal() {
	if r.local != nil {
		r.handshake, _ = encodeHandshake(r.local.Handshake()) // strings, numbers and checked JSON
		r.local = nil
	}
}

// size is about what the socket takes.
func (r *RemoteSocket) size() int {
	n := answerOverhead + len(r.id) + len(r.data) + len(r.handshake)
	for _, name := range r.rooms {
		n += len(name)
	}
	return n
}

func (r *RemoteSocket) to() Broadcast { return r.ns.To(r.id) }

// Emit sends an event to the socket; see [Socket.Emit].
func (r *RemoteSocket) Emit(event string, args ...any) error { return r.to().Emit(event, args...) }

// EmitWithAck sends an event and waits for the socket's acknowledgement; see
// [Socket.EmitWithAck]. Where there is none the error is a [*PartialError], or
// ErrDisconnected: the socket has gone.
func (r *RemoteSocket) EmitWithAck(ctx context.Context, event string, args ...any) (*Args, error) {
	acks, err := r.to().EmitWithAck(ctx, event, args...)
	switch {
	case err != nil:
		return nil, err
	case len(acks.Answers) == 0:
		return nil, fmt.Errorf("acknowledgement of %q: %w", event, ErrDisconnected)
	}
	return acks.Answers[0].Args, nil
}

// Join makes the socket a member of rooms; see [Broadcast.SocketsJoin].
func (r *RemoteSocket) Join(rooms ...string) error { return r.to().SocketsJoin(rooms...) }

// Leave ends the membership in rooms; see [Broadcast.SocketsLeave].
func (r *RemoteSocket) Leave(rooms ...string) error { return r.to().SocketsLeave(rooms...) }

// Disconnect ends the socket; see [Socket.Disconnect].
func (r *RemoteSocket) Disconnect(close bool) error { return r.to().DisconnectSockets(close) }
