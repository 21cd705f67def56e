package load

import (
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
)

// beats look after the clients' heartbeats. All clients of a server are told the
// same intervals, so that they wait in a queue and not in a heap.
type beats struct {
	period, silence int64 // between looks; after which the server counts as gone
	ring            []beat
	first, count    int
}

type beat struct {
	client int32
	due    int64
}

// setBeats takes what the first open packet says, in milliseconds.
func (t *thread) setBeats(interval, timeout int64) {
	if t.beats.period != 0 || interval <= 0 {
		return
	}
	t.beats.ring = make([]beat, len(t.members()))
	t.beats.silence = (interval + timeout) * int64(time.Millisecond)
	t.beats.period = t.beats.silence / 4
	if t.fleet.o.Revision == eio.V3 {
		t.beats.period = interval * int64(time.Millisecond)
	}
}

func (t *thread) watchBeats(cl *client) {
	b := &t.beats
	if b.period == 0 || b.count == len(b.ring) {
		return
	}
	b.ring[(b.first+b.count)%len(b.ring)] = beat{cl.index, t.now + b.period}
	b.count++
}

// beat does what is due, and returns when more is. In revision 3 the client pings,
// in 4 the server does, and the client looks whether it has.
func (t *thread) beat() int64 {
	b := &t.beats
	for b.count > 0 {
		e := b.ring[b.first]
		if e.due > t.now {
			return e.due
		}
		b.first, b.count = (b.first+1)%len(b.ring), b.count-1
		cl := t.local(e.client)
		if cl.state != ready {
			continue
		}
		v3 := t.fleet.o.Revision == eio.V3
		if v3 && cl.pinged || !v3 && t.now-cl.heard > b.silence {
			t.lose(cl, errSilent)
			continue
		}
		if v3 {
			cl.pinged = true
			t.send(cl, append(t.packetBuffer[:0], '2'))
		}
		t.watchBeats(cl)
	}
	return never
}
