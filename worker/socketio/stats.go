package socketio

import "sync/atomic"

type counters struct {
	connected, refused                               atomic.Uint64
	sockets, memberships                             atomic.Int64
	events, ignored, panics                          atomic.Uint64
	violations, connectTimeouts, attachmentTimeouts  atomic.Uint64
	namespaceOverflows, roomOverflows, ackOverflows  atomic.Uint64
	authOverflows                                    atomic.Uint64
	eventOverflows, pauses, volatileDrops            atomic.Uint64
	published, publishErrors, received, busMalformed atomic.Uint64
	joinsUnconfirmed                                 atomic.Uint64
}

// Stats are counters since NewServer, but for Sockets, Memberships and
// Handlers, which are of now.
type Stats struct {
	Connected, Refused   uint64 // CONNECTs
	Sockets, Memberships int64

	Events  uint64 // of clients, given to handlers
	Ignored uint64 // of clients, without a handler
	Panics  uint64 // recovered in handlers

	Violations         uint64 // connections closed for breaking the protocol
	ConnectTimeouts    uint64
	AttachmentTimeouts uint64

	NamespaceOverflows uint64
	AuthOverflows      uint64
	RoomOverflows      uint64
	AckOverflows       uint64
	EventOverflows     uint64
	Pauses             uint64 // of clients ahead of their handlers
	VolatileDrops      uint64 // messages not sent, a client each

	Handlers        int64  // goroutines for handlers, idle ones included
	HandlersStarted uint64 // such goroutines ever started
	HandlersBusy    uint64 // times that all that there may be were busy

	Published        uint64 // messages to other workers
	PublishErrors    uint64
	Received         uint64 // messages of other workers
	BusMalformed     uint64 // of those, dropped: not understood
	JoinsUnconfirmed uint64 // joins that did not wait longer for the bus
}

// Stats may be called from any goroutine.
func (s *Server) Stats() Stats {
	c := &s.counters
	return Stats{
		Connected: c.connected.Load(), Refused: c.refused.Load(),
		Sockets: c.sockets.Load(), Memberships: c.memberships.Load(),
		Events: c.events.Load(), Ignored: c.ignored.Load(), Panics: c.panics.Load(),
		Violations:         c.violations.Load(),
		ConnectTimeouts:    c.connectTimeouts.Load(),
		AttachmentTimeouts: c.attachmentTimeouts.Load(),
		NamespaceOverflows: c.namespaceOverflows.Load(),
		AuthOverflows:      c.authOverflows.Load(),
		RoomOverflows:      c.roomOverflows.Load(),
		AckOverflows:       c.ackOverflows.Load(),
		EventOverflows:     c.eventOverflows.Load(),
		Pauses:             c.pauses.Load(),
		VolatileDrops:      c.volatileDrops.Load(),
		Handlers:           s.runners.live.Load(),
		HandlersStarted:    s.runners.started.Load(),
		HandlersBusy:       s.runners.saturated.Load(),
		Published:          c.published.Load(), PublishErrors: c.publishErrors.Load(),
		Received: c.received.Load(), BusMalformed: c.busMalformed.Load(),
		JoinsUnconfirmed: c.joinsUnconfirmed.Load(),
	}
}
