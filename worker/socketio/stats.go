package socketio

import (
	"sync"
	"sync/atomic"
)

// tally is what the loop counts as it goes, in fields that it owns.
type tally struct {
	emits, deliveries uint64
	acksIn, acksOut   uint64
	disconnects       [len(Reasons)]uint64
}

// publishedTally is what other goroutines may see of it.
type publishedTally struct {
	mu    sync.Mutex
	tally tally // written by the loop alone
}

// publish shows other goroutines what a turn has counted. Loop only.
func (s *Server) publish() {
	if s.published.tally == s.tally {
		return
	}
	s.published.mu.Lock()
	s.published.tally = s.tally
	s.published.mu.Unlock()
}

// counters are those of what is rare, or off the loop.
type counters struct {
	connected, refused                               atomic.Uint64
	sockets, memberships                             atomic.Int64
	events, ignored, panics                          atomic.Uint64
	violations, connectTimeouts, attachmentTimeouts  atomic.Uint64
	namespaceOverflows, roomOverflows, ackOverflows  atomic.Uint64
	authOverflows                                    atomic.Uint64
	eventOverflows, pauses, paces, volatileDrops     atomic.Uint64
	published, publishErrors, received, busMalformed atomic.Uint64
	joinsUnconfirmed                                 atomic.Uint64
	serverEventsSent, serverEventsReceived           atomic.Uint64
	serverEvents, serverEventsIgnored                atomic.Uint64
	serverEventOverflows                             atomic.Uint64
	requests, requestOverflows                       atomic.Uint64
	requestsServed, servedOverflows, answerOverflows atomic.Uint64
	eventsRefused, outgoingOverflows                 atomic.Uint64
	dynamicOverflows, roomEventOverflows             atomic.Uint64
	dynamicNamespaces                                atomic.Int64
	emitsAway                                        atomic.Uint64 // that this worker's loop does not see
}

// Stats are counters since NewServer, but for Sockets, Memberships,
// DynamicNamespaces and Handlers, which are of now. Emits, Deliveries, AcksIn,
// AcksOut and Disconnects are as of the end of the loop's last turn.
type Stats struct {
	Connected, Refused   uint64 // CONNECTs
	Sockets, Memberships int64
	DynamicNamespaces    int64 // that parents have made

	// Disconnects are the ends of sockets that were connected, in the order of
	// Reasons.
	Disconnects [len(Reasons)]uint64

	Emits      uint64 // calls of Emit and EmitWithAck that were carried out; a broadcast is one
	Deliveries uint64 // events queued to sockets by them and by other workers' broadcasts: one a socket
	AcksIn     uint64 // acknowledgements of clients, also those that nobody waits for any more
	AcksOut    uint64 // acknowledgements queued to clients

	Events   uint64 // of clients, given to handlers
	Ignored  uint64 // of clients, without a handler
	Refusals uint64 // of Events, by event middleware
	Panics   uint64 // recovered in handlers

	Violations         uint64 // connections closed for breaking the protocol
	ConnectTimeouts    uint64
	AttachmentTimeouts uint64

	NamespaceOverflows uint64
	DynamicOverflows   uint64 // CONNECTs that would have made a namespace too many
	AuthOverflows      uint64
	RoomOverflows      uint64
	AckOverflows       uint64
	EventOverflows     uint64
	OutgoingOverflows  uint64 // calls of OnAnyOutgoing's handlers left out: they were behind
	RoomEventOverflows uint64 // events of OnRoom dropped: its handlers were behind
	Pauses             uint64 // of clients ahead of their handlers
	Paces              uint64 // of clients ahead of what they may send a second
	VolatileDrops      uint64 // messages not sent, a client each

	Handlers        int64  // goroutines for handlers, idle ones included
	HandlersStarted uint64 // such goroutines ever started
	HandlersBusy    uint64 // times that all that there may be were busy

	Published        uint64 // messages to other workers
	PublishErrors    uint64
	Received         uint64 // messages of other workers
	BusMalformed     uint64 // of those, dropped: not understood
	JoinsUnconfirmed uint64 // joins that did not wait longer for the bus

	ServerEventsSent     uint64 // published with ServerSideEmit
	ServerEventsReceived uint64 // of other workers; the next three are of these
	ServerEvents         uint64 // given to handlers
	ServerEventsIgnored  uint64 // without a handler
	ServerEventOverflows uint64 // dropped: too many waited

	Requests         uint64 // calls that wait for answers, of this worker
	RequestOverflows uint64 // refused: too many waited
	RequestsServed   uint64 // of other workers
	ServedOverflows  uint64 // refused: too many were being served
	AnswerOverflows  uint64 // answers dropped: too many bytes of them were held
}

// Stats may be called from any goroutine.
func (s *Server) Stats() Stats {
	s.published.mu.Lock()
	t := s.published.tally
	s.published.mu.Unlock()
	c := &s.counters
	return Stats{
		Disconnects: t.disconnects,
		Emits:       t.emits + c.emitsAway.Load(), Deliveries: t.deliveries,
		AcksIn: t.acksIn, AcksOut: t.acksOut,
		Connected: c.connected.Load(), Refused: c.refused.Load(),
		Sockets: c.sockets.Load(), Memberships: c.memberships.Load(),
		Events: c.events.Load(), Ignored: c.ignored.Load(), Panics: c.panics.Load(),
		Violations:         c.violations.Load(),
		ConnectTimeouts:    c.connectTimeouts.Load(),
		AttachmentTimeouts: c.attachmentTimeouts.Load(),
		DynamicNamespaces:  c.dynamicNamespaces.Load(),
		Refusals:           c.eventsRefused.Load(),
		NamespaceOverflows: c.namespaceOverflows.Load(),
		DynamicOverflows:   c.dynamicOverflows.Load(),
		OutgoingOverflows:  c.outgoingOverflows.Load(),
		RoomEventOverflows: c.roomEventOverflows.Load(),
		AuthOverflows:      c.authOverflows.Load(),
		RoomOverflows:      c.roomOverflows.Load(),
		AckOverflows:       c.ackOverflows.Load(),
		EventOverflows:     c.eventOverflows.Load(),
		Pauses:             c.pauses.Load(),
		Paces:              c.paces.Load(),
		VolatileDrops:      c.volatileDrops.Load(),
		Handlers:           s.runners.live.Load(),
		HandlersStarted:    s.runners.started.Load(),
		HandlersBusy:       s.runners.saturated.Load(),
		Published:          c.published.Load(), PublishErrors: c.publishErrors.Load(),
		Received: c.received.Load(), BusMalformed: c.busMalformed.Load(),
		JoinsUnconfirmed: c.joinsUnconfirmed.Load(),

		ServerEventsSent:     c.serverEventsSent.Load(),
		ServerEventsReceived: c.serverEventsReceived.Load(),
		ServerEvents:         c.serverEvents.Load(),
		ServerEventsIgnored:  c.serverEventsIgnored.Load(),
		ServerEventOverflows: c.serverEventOverflows.Load(),

		Requests: c.requests.Load(), RequestOverflows: c.requestOverflows.Load(),
		RequestsServed: c.requestsServed.Load(), ServedOverflows: c.servedOverflows.Load(),
		AnswerOverflows: c.answerOverflows.Load(),
	}
}
