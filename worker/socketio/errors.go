package socketio

import "errors"

// The errors that calls on this package return, wrapped with what they were
// about.
var (
	// ErrDisconnected: the socket is not, or no longer, connected.
	ErrDisconnected = errors.New("socket is disconnected")
	// ErrClosed: the server is closed, or its loop has stopped.
	ErrClosed = errors.New("server is closed")
	// ErrReserved: the event's name belongs to the protocol.
	ErrReserved = errors.New("reserved event name")
	// ErrNoAck: the client has not asked for an acknowledgement.
	ErrNoAck = errors.New("no acknowledgement wanted")
	// ErrAcked: the event is acknowledged already.
	ErrAcked = errors.New("already acknowledged")
	// ErrTooManyAcks: Limits.AcksPerSocket acknowledgements are pending.
	ErrTooManyAcks = errors.New("too many acknowledgements pending")
	// ErrNotWritable: a volatile event was not sent, as the client could not be
	// written to at once.
	ErrNotWritable = errors.New("client cannot be written to now")
	// ErrTooManyRooms: the socket is in Limits.RoomsPerSocket rooms.
	ErrTooManyRooms = errors.New("too many rooms")
	// ErrRoomName: a room's name is empty, longer than Limits.RoomNameBytes, or
	// another socket's id.
	ErrRoomName = errors.New("invalid room name")
	// ErrTooLarge: a server-side event exceeds Limits.ServerEventBytes, what the
	// bus was set up for, or 1,000 attachments.
	ErrTooLarge = errors.New("event is too large")
	// ErrInvalidJSON: an argument given as JSON is none, is nested deeper than
	// 1,000 levels, or is not in UTF-8.
	ErrInvalidJSON = errors.New("invalid JSON")
	// ErrWorkerGone: a worker has ended before it answered.
	ErrWorkerGone = errors.New("worker is gone")
	// ErrUnmet: the worker has just begun, and may not know all others yet.
	ErrUnmet = errors.New("other workers are not known yet")
	// ErrNoHandler: a worker has no handler of a server-side event, or it has
	// panicked.
	ErrNoHandler = errors.New("nobody there hears the event")
	// ErrBusy: a worker, this one or another, has as many calls under way, or
	// holds as much of their answers, as Limits allow.
	ErrBusy = errors.New("too many calls that wait for answers")
	// ErrMissing: an event has fewer arguments than were asked for.
	ErrMissing = errors.New("missing argument")
)

// ConnectError is what a middleware returns to tell a refused client more than
// a message. Clients of protocol 5 get {message, data}; those of protocol 4 get
// Data, or Message where that is nil.
type ConnectError struct {
	Message string
	Data    any
}

func (e *ConnectError) Error() string { return e.Message }
