package socketio

import (
	"context"

	"github.com/ioserver/ioserver/protocol/sio"
	"github.com/ioserver/ioserver/worker/loop"
)

// ackWork is a broadcast with acknowledgements for another worker: who was
// asked, and what they answer, as it comes. All but the first fields are guarded
// by answering.mu.
type ackWork struct {
	served *served
	gather *gathering

	begun   bool     // the sockets are listed
	ids     []string // not told yet
	left    int      // sockets that have not settled
	answers []indexed
	lost    []lost
	held    int
}

const (
	// partIDs and partIndexes are how many of a kind one part holds.
	partIDs     = partBytes / 32
	partIndexes = partBytes / 8
)

// serveEmit sends a broadcast with acknowledgements to this worker's sockets,
// in order with other broadcasts.
func (l *liaison) serveEmit(from Peer, e *requestEnvelope) {
	ns := l.server.namespace(e.namespace)
	if ns == nil {
		_ = l.answering.reply(from, &answerEnvelope{op: e.op, id: e.id, status: statusLast})
		return
	}
	w := &ackWork{gather: &gathering{
		ns: ns, rooms: e.target.rooms, except: e.target.except, skipID: e.target.sender,
		volatile: e.volatile, foreign: true,
	}}
	_, ok := l.answering.admit(from, e, func(s *served) work {
		w.served = s
		return w
	})
	if !ok {
		return
	}
	g := w.gather
	g.id, g.sink = l.server.ackID(), w
	g.packet = renumbered(e.packet, g.id, e.attachments)
	if e.plain {
		g.packet.leaveUncompressed()
	}
	_ = l.arrivals.Post(context.Background(), g) // fails only where the loop has ended
}

// renumbered is an event with another acknowledgement's id.
func renumbered(p sio.Packet, id uint64, attachments [][]byte) packet {
	p.ID = id
	text, raw := encoded(p)
	return newPacket(text, raw, attachments)
}

// listed begins the answer. On the loop.
func (w *ackWork) listed(ids []string) {
	a := w.served.all
	a.mu.Lock()
	defer a.mu.Unlock()
	w.begun, w.ids, w.left = true, ids, len(ids)
	a.news(w.served)
}

// settled adds to it. On the loop.
func (w *ackWork) settled(i uint32, args *Args, why loss) {
	a := w.served.all
	a.mu.Lock()
	defer a.mu.Unlock()
	w.left--
	if w.served.over {
		return
	}
	if args != nil {
		size := args.size()
		if a.held+size <= a.liaison.server.limits.AnswerBytes {
			a.held += size
			w.held += size
			w.answers = append(w.answers, indexed{i, args})
			a.news(w.served)
			return
		}
		a.liaison.server.counters.answerOverflows.Add(1)
		why = lossBusy
	}
	w.lost = append(w.lost, lost{i, why})
	a.news(w.served)
}

func (w *ackWork) ready() bool {
	return w.begun && (len(w.ids)+len(w.answers)+len(w.lost) > 0 || w.left == 0)
}

// take is the ids first, then answers, as much as a part holds.
func (w *ackWork) take() func(*answerEnvelope) {
	var part answerEnvelope
	part.ids, w.ids = split(w.ids, partIDs)
	if len(w.ids) == 0 {
		size, n := 0, 0
		for n < len(w.answers) && size < partBytes {
			size += w.answers[n].args.size()
			n++
		}
		part.answers, w.answers = split(w.answers, n)
		part.lost, w.lost = split(w.lost, partIndexes)
		w.served.all.held -= size
		w.held -= size
	}
	if len(w.ids)+len(w.answers)+len(w.lost)+w.left == 0 {
		part.status = statusLast
	}
	return func(e *answerEnvelope) {
		e.ids, e.answers, e.lost, e.status = part.ids, part.answers, part.lost, part.status
	}
}

// split takes the first n off a list.
func split[T any](list []T, n int) (first, rest []T) {
	if len(list) <= n {
		return list, nil
	}
	return list[:n:n], list[n:]
}

func (w *ackWork) release() {
	w.served.all.held -= w.held
	w.held, w.answers, w.ids, w.lost = 0, nil, nil, nil
}

func (w *ackWork) stop() {
	l := w.served.all.liaison
	_ = l.arrivals.Post(context.Background(), loop.Func(w.gather.drop)) // fails only where the loop has ended
}
