package socketio

// gathering is a broadcast with acknowledgements on its way to the sockets of
// this worker, and then what waits for their answers. It is plain data of the
// loop.
type gathering struct {
	ns       *Namespace
	packet   packet // with an acknowledgement's id, the same for all
	id       uint64
	rooms    []string
	except   []string
	skip     *Socket
	skipID   string // the same of a broadcast from another worker
	foreign  bool   // it is one from another worker
	volatile bool
	told     *Outgoing // while it is sent; nil where nobody is to hear of it

	sink    sink
	asked   []*Socket // nil where settled
	dropped bool      // nobody waits any more
}

// sink takes what the sockets of a gathering answer. It is called on the loop,
// and must not hold it up.
type sink interface {
	// listed comes first: who was asked. What follows refers to them by index.
	listed(ids []string)
	// settled is an answer, or nil where there will be none, and then why.
	settled(index uint32, a *Args, why loss)
}

// Run sends on the loop.
func (g *gathering) Run() {
	if g.dropped {
		return
	}
	g.ns = g.ns.current()
	ro, t := g.ns.roster, &g.ns.server.tally
	skip := g.skip
	if g.skipID != "" {
		skip = ro.byID[g.skipID]
	}
	for s := range ro.targets(g.rooms, g.except, skip) {
		g.asked = append(g.asked, s)
	}
	ids := make([]string, len(g.asked))
	for i, s := range g.asked {
		ids[i] = s.id
	}
	g.sink.listed(ids)
	if !g.foreign {
		t.emits++
	}
	g.told = g.ns.outgoing(&g.packet)
	for i, s := range g.asked {
		g.ask(uint32(i), s)
	}
	g.told = nil
	if g.ns.server.spectator != nil {
		g.ns.seenSent(&g.packet, nil, g.rooms, len(g.asked))
	}
	g.packet = packet{}
}

// ask sends to one socket, which may be its end.
func (g *gathering) ask(i uint32, s *Socket) {
	server := g.ns.server
	switch {
	case s.phase.Load() == gone:
		g.answer(i, nil, ErrDisconnected)
		return
	case len(s.acks) >= server.limits.AcksPerSocket:
		server.counters.ackOverflows.Add(1)
		g.answer(i, nil, ErrTooManyAcks)
		return
	}
	s.acks = append(s.acks, pendingAck{id: g.id, to: g, index: i})
	if s.send(&g.packet, g.volatile) {
		server.tally.deliveries++
		if g.told != nil {
			s.overhear(g.told)
		}
		s.client.resume()
	} else if _, ok := s.forget(g.id); ok {
		g.answer(i, nil, ErrNotWritable)
	}
}

// answer settles one socket.
func (g *gathering) answer(i uint32, a *Args, err error) {
	g.asked[i] = nil
	if err != nil {
		g.sink.settled(i, nil, lossOf(err))
	} else {
		g.sink.settled(i, a, 0)
	}
}

// drop ends the waiting for those that have not answered.
func (g *gathering) drop() {
	g.dropped = true
	for i, s := range g.asked {
		if s != nil {
			s.forget(g.id)
			g.asked[i] = nil
		}
	}
}
