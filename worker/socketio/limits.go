package socketio

import "time"

// Limits bound what one client can make a server hold. The zero value of a
// field means its default. What happens at each, and which counter of [Stats]
// tells of it, stands beside it.
type Limits struct {
	// NamespacesPerClient: 100. Another CONNECT is refused with CONNECT_ERROR
	// "too many namespaces". Stats.NamespaceOverflows.
	NamespacesPerClient int
	// NamespaceNameBytes bounds the names of namespaces that a client makes
	// parents make: 1024. Parents are not asked for one that is longer, and
	// CONNECT is refused with CONNECT_ERROR "Invalid namespace".
	NamespaceNameBytes int
	// DynamicNamespaces bounds the namespaces that parents have made: 10,000.
	// Another CONNECT that wants one made is refused with CONNECT_ERROR "too
	// many dynamic namespaces"; [Server.Of] is not bounded.
	// Stats.DynamicOverflows.
	DynamicNamespaces int
	// AuthBytes bounds the auth of a CONNECT, which is kept as long as the
	// socket: 64 KiB. A larger one is refused with CONNECT_ERROR "auth is too
	// large". Stats.AuthOverflows.
	AuthBytes int
	// RoomsPerSocket: 10,000. Join returns ErrTooManyRooms.
	// Stats.RoomOverflows.
	RoomsPerSocket int
	// RoomNameBytes: 1024. Join returns ErrRoomName.
	RoomNameBytes int
	// AcksPerSocket bounds the acknowledgements that a client owes: 1,000.
	// EmitWithAck returns ErrTooManyAcks. Stats.AckOverflows.
	AcksPerSocket int
	// QueuedEvents and QueuedBytes bound the events of one client that wait for
	// their handlers: 1,000 and 1 MiB, of which each event takes 256 bytes
	// besides its arguments. Over them the client is not read from until half
	// of them are handled, unless it owes an acknowledgement. Stats.Pauses.
	// Handlers of OnAnyOutgoing do not hear of what is sent meanwhile.
	// Stats.OutgoingOverflows.
	QueuedEvents, QueuedBytes int
	// BurstEvents and BurstBytes bound them beyond that: what a client sent
	// before it was paused arrives in one piece, up to a POST of
	// MaxHTTPBufferSize, and one that owes an acknowledgement is not paused.
	// 70,000, and 32 MiB or eight times MaxHTTPBufferSize, whichever is more.
	// Over them the client is closed for [EventOverflow]. Stats.EventOverflows.
	BurstEvents, BurstBytes int
	// EventsPerSecond bounds what a client sends besides acknowledgements:
	// events, and packets that join or leave a namespace. It may send as many at
	// once, and that many a second. 0: any number. Over it the client is not read
	// from until it would have sent them at an even pace. Stats.Paces.
	EventsPerSecond int
	// Handlers bounds the handlers that run, or block, at the same time: 4,096.
	// Over it events wait in their queues. Stats.HandlersBusy.
	Handlers int
	// PostedCalls bounds the calls of this API that wait for the loop: 4,096.
	// Over it calls block. Bus counts the same of other workers' messages:
	// 1,024; over it they wait in the feed.
	PostedCalls, PostedBus int
	// BroadcastRooms bounds the rooms, and likewise the exceptions, that a
	// broadcast from another worker may name: 10,000. Stats.BusMalformed.
	BroadcastRooms int
	// ServerEvents and ServerEventBytes bound what other workers have sent with
	// ServerSideEmit and its handlers have not handled yet, in all namespaces
	// together: 10,000 and 16 MiB, of which each event takes 256 bytes besides
	// its name and arguments. Over them what comes is dropped, and its sender
	// does not learn of it. Stats.ServerEventOverflows. A single event that is
	// larger cannot be sent: ErrTooLarge.
	ServerEvents, ServerEventBytes int
	// RoomEvents bounds what has happened to rooms and the handlers of OnRoom
	// have not handled yet, in all namespaces together: 100,000. Over it what
	// comes is dropped, and handlers are told so: [RoomEventsLost].
	// Stats.RoomEventOverflows.
	RoomEvents int
	// Requests bounds the calls of this worker that wait for answers of others,
	// or of broadcasts' acknowledgements: 1,000. Over it they return ErrBusy.
	// Stats.RequestOverflows.
	Requests int
	// ServedRequests bounds those of other workers that this one answers at the
	// same time: 4,000. Over it they are refused, which their callers see as a
	// PartialError with ErrBusy. Stats.ServedOverflows.
	ServedRequests int
	// AnswerBytes bounds what this worker holds of answers: 64 MiB for callers
	// that wait for more of them, and as much that is on its way to other
	// workers. Over it answers are missing, as if they had never been given.
	// Stats.AnswerOverflows.
	AnswerBytes int
}

var defaultLimits = Limits{
	NamespacesPerClient: 100,
	NamespaceNameBytes:  1_024,
	DynamicNamespaces:   10_000,
	AuthBytes:           64 << 10,
	RoomsPerSocket:      10_000,
	RoomNameBytes:       1024,
	AcksPerSocket:       1_000,
	QueuedEvents:        1_000,
	QueuedBytes:         1 << 20,
	BurstEvents:         70_000,
	BurstBytes:          32 << 20,
	Handlers:            4_096,
	PostedCalls:         4_096,
	PostedBus:           1_024,
	BroadcastRooms:      10_000,
	ServerEvents:        10_000,
	ServerEventBytes:    16 << 20,
	Requests:            1_000,
	ServedRequests:      4_000,
	AnswerBytes:         64 << 20,
	RoomEvents:          100_000,
}

const (
	defaultConnectTimeout    = 45 * time.Second
	defaultAttachmentTimeout = 30 * time.Second
	defaultMaxAttachments    = 10
	// attachmentsCeiling is the largest MaxAttachments: what a bus message may
	// carry, whatever other workers allow.
	attachmentsCeiling = 1_000
	// encodeDepth bounds the nesting of an argument that is encoded.
	encodeDepth = 1_000
	// trimInterval is how often surplus idle handler goroutines are ended.
	trimInterval = 10 * time.Second
	// closeGrace is how long Close lets HTTP requests under way finish.
	closeGrace = time.Second
)
