package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
)

// station is one life of a worker, or, with life 0, whoever serves a slot of this
// machine.
type station struct {
	home sid.Home
	life uint64
}

// way leads to another worker.
type way interface {
	// ask sends a request. It waits for room, and is for goroutines other than
	// the loop's.
	ask(ctx context.Context, number uint64, x *engineio.Exchange) error
	// offer sends one that takes a single piece, unless it would have to wait.
	offer(number uint64, x *engineio.Exchange) bool
	// answer and cancel do not wait.
	answer(number uint64, a *engineio.Answer)
	cancel(number uint64)
}

func (r *relay) way(to station) way {
	if to.home.Node == r.self.node {
		return slotWay{r.self, r.outboxes[to.home.Slot]}
	}
	return busWay{r.bus, to}
}

// slotWay leads to another slot of this machine.
type slotWay struct {
	self asker
	box  *outbox
}

func (w slotWay) ask(ctx context.Context, number uint64, x *engineio.Exchange) error {
	w.self.id = number
	prefix, begun := w.self.append(nil), false
	err := pieces(prefix, requestHead(x), x.Body, func(_ uint32, piece []byte) error {
		err := w.box.send(ctx, fdpass.Request, piece, -1)
		begun = begun || err == nil
		return err
	})
	if err != nil && begun { // or else messages without number would wait for a slot that does not read
		w.box.post(fdpass.Cancel, prefix)
	}
	return err
}

func (w slotWay) offer(number uint64, x *engineio.Exchange) bool {
	w.self.id = number
	piece, ok := onePiece(w.self.append(make([]byte, 0, offerBytes)), x)
	return ok && w.box.offer(fdpass.Request, piece)
}

func (w slotWay) answer(number uint64, a *engineio.Answer) {
	_ = pieces(binary.BigEndian.AppendUint64(nil, number), answerHead(a), a.Body, func(_ uint32, piece []byte) error {
		w.box.post(fdpass.Answer, piece)
		return nil
	})
}

func (w slotWay) cancel(number uint64) {
	w.self.id = number
	w.box.post(fdpass.Cancel, w.self.append(nil))
}

// busWay leads to a worker of another node.
type busWay struct {
	bus *busRelay
	to  station
}

var errNoRoom = errors.New("relay: the queue to the bus is full")

func (w busWay) ask(ctx context.Context, number uint64, x *engineio.Exchange) error {
	subject, begun := w.bus.subject(w.to.home), false
	err := pieces(w.bus.head(frameRequest, w.to, number, 0), requestHead(x), x.Body, func(n uint32, piece []byte) error {
		err := w.bus.queue.send(ctx, subject, numbered(piece, n))
		begun = begun || err == nil
		return err
	})
	if err != nil && begun {
		w.cancel(number)
	}
	return err
}

// numbered is a copy of a piece of the bus.
func numbered(piece []byte, n uint32) []byte {
	piece = bytes.Clone(piece)
	binary.BigEndian.PutUint32(piece[numberAt:], n)
	return piece
}

func (w busWay) offer(number uint64, x *engineio.Exchange) bool {
	piece, ok := onePiece(w.bus.head(frameRequest, w.to, number, 0), x)
	return ok && w.bus.queue.offer(w.bus.subject(w.to.home), piece)
}

func (w busWay) answer(number uint64, a *engineio.Answer) {
	w.answerTo(w.bus.subject(w.to.home), number, a)
}

func (w busWay) answerTo(subject string, number uint64, a *engineio.Answer) {
	err := pieces(w.bus.head(frameAnswer, w.to, number, 0), answerHead(a), a.Body, func(n uint32, piece []byte) error {
		if !w.bus.queue.post(subject, numbered(piece, n)) {
			return errNoRoom
		}
		return nil
	})
	if err != nil && len(a.Body) > 0 { // its client has to know that something is missing
		w.answerTo(subject, number, unavailable())
	}
}

func (w busWay) cancel(number uint64) {
	w.bus.queue.post(w.bus.subject(w.to.home), w.bus.head(frameCancel, w.to, number, 0))
}
