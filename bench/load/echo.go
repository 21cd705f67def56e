package load

// echo has clients send events that the server acknowledges with the payload.
type echo struct {
	t      *thread
	marker marker
	size   int
	pace   pacer
	window int   // in flight, in a closed loop
	left   int64 // to be sent
	next   int   // whose turn it is
	nothing
	before, between, after []byte // the id, and the payload, come between
}

// EchoPlan is requests for acknowledgements.
type EchoPlan struct {
	Event    string
	Rate     float64 // a second, of all clients; 0: a closed loop
	InFlight int     // of all clients, in a closed loop
}

func newEcho(t *thread, p *Plan) *echo {
	n := t.fleet.o.Threads
	share := func(all int64) int64 { return (all + int64(n-1-t.number)) / int64(n) }
	e := &echo{
		t: t, marker: p.marker, size: p.Size, left: never,
		pace:    newPacer(t.now, p.Echo.Rate/float64(n), float64(t.number)/float64(n)),
		window:  int(share(int64(p.Echo.InFlight))),
		before:  []byte("42" + string(t.prefix)),
		between: []byte(`["` + p.Echo.Event + `","`),
		after:   []byte(`"]`),
	}
	if p.Messages > 0 {
		e.left = share(p.Messages)
	}
	if t.meter.Ready == 0 {
		e.left = 0
	}
	return e
}

func (e *echo) due(now int64) int64 {
	for n := 0; e.left > 0 && e.t.meter.Ready > 0; n++ {
		due := now
		if e.pace.open() {
			if due = e.pace.due(); due > now {
				return due
			}
			if n == sendsPerTurn {
				return now
			}
		} else if e.t.requests.open >= e.window {
			return never
		}
		e.pace.count++
		e.emit(due)
	}
	return never
}

// emit sends one, from the next client that can.
func (e *echo) emit(due int64) {
	t := e.t
	all := t.members()
	cl := &all[e.next%len(all)]
	for e.next++; cl.state != ready; e.next++ {
		cl = &all[e.next%len(all)]
	}
	sent := clock()
	if e.pace.open() {
		if due >= t.meter.from {
			record(t.meter.late, sent-due)
		}
	} else {
		due = sent
	}
	id := t.requests.add(cl.index, due)
	b := appendUint(append(t.packetBuffer[:0], e.before...), id)
	b = e.marker.append(append(b, e.between...), stamp{sender: uint32(cl.index), seq: uint32(id), due: due}, e.size)
	t.packetBuffer = append(b, e.after...)
	t.meter.Requests++
	e.left--
	t.send(cl, t.packetBuffer)
}

func (e *echo) ack(cl *client, id uint64, body []byte) {
	m := &e.t.meter
	due, v := e.t.requests.take(cl.index, id)
	switch v {
	case doubled:
		m.DoubledAcks++
	case strange:
		m.StrangeAcks++
	case answered:
		m.Acks++
		m.operation(due, e.t.now)
		if id < cl.lastAck {
			m.LateAcks++
		}
		cl.lastAck = max(cl.lastAck, id)
		s, any, whole := e.marker.find(body, e.size)
		switch {
		case !any:
			m.BareAcks++
		case !whole || s.sender != uint32(cl.index) || s.seq != uint32(id):
			m.Corrupt++
		}
	}
}

func (e *echo) stop()      { e.left = 0 }
func (e *echo) done() bool { return (e.left == 0 || e.t.meter.Ready == 0) && e.t.requests.open == 0 }

// nothing is what most works do most of the time.
type nothing struct{}

func (nothing) due(int64) int64             { return never }
func (nothing) ack(*client, uint64, []byte) {}
func (nothing) event(*client, []byte)       {}
func (nothing) gone(*client)                {}
func (nothing) turned()                     {}
func (nothing) stop()                       {}
func (nothing) done() bool                  { return true }
