package worker

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

const (
	// relaySendDeadline bounds the wait for room in another slot's inbox.
	relaySendDeadline = 5 * time.Second
	// relaySweep is how often exchanges without an answer are looked for.
	relaySweep = 10 * time.Second
)

// relay answers requests whose session lives in another slot: it asks there,
// and serves what other slots ask here. It is the engine's Router.
type relay struct {
	self     asker // slot and life
	home     sid.Home
	homes    locator
	loop     *loop.Loop
	engine   *engineio.Server
	outboxes []*outbox
	logger   *slog.Logger
	patience time.Duration // longer than any answer takes: a poll ends with a heartbeat
	numbers  atomic.Uint64 // of exchanges; begins anywhere, so that another life's answers find none

	asked, answered, handed, lost atomic.Uint64

	// The rest belongs to the loop.
	waiting  map[uint64]*question // asked elsewhere
	numberOf map[engineio.Responder]uint64
	open     map[asker]*reply // asked here, not answered
	sweep    loop.Timer
}

// question is an exchange that another slot has to answer.
type question struct {
	responder engineio.Responder
	slot      uint8
	asked     time.Time
	answer    *engineio.Answer // while its pieces arrive
}

// reply carries a session's answer back to the slot that asked.
type reply struct {
	relay *relay
	asker asker
	sid   string
}

// Elsewhere reports whether another slot of this machine owns the session.
func (r *relay) Elsewhere(id string) bool {
	home, ok := r.homes.Home(sid.EngineIO, id)
	return ok && home.Node == r.home.Node && home.Slot != r.home.Slot && int(home.Slot) < len(r.outboxes)
}

func (r *relay) slotOf(id string) uint8 {
	home, _ := r.homes.Home(sid.EngineIO, id)
	return home.Slot
}

// Exchange asks the session's slot; see [engineio.Router].
func (r *relay) Exchange(x *engineio.Exchange, responder engineio.Responder) {
	slot, number := r.slotOf(x.SID), r.numbers.Add(1)
	r.asked.Add(1)
	if !r.loop.Post(loop.Func(func() { r.await(number, slot, responder) })) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), relaySendDeadline)
	defer cancel()
	box := r.outboxes[slot]
	prefix := asker{r.self.slot, r.self.life, number}.append(nil)
	begun := false
	err := pieces(prefix, requestHead(x), x.Body, func(piece []byte) error {
		err := box.send(ctx, fdpass.Request, piece, -1)
		begun = begun || err == nil
		return err
	})
	if err != nil {
		r.logger.Warn("relay a request", "to_slot", slot, "error", err)
		if begun { // or else messages without number would wait for a slot that does not read
			box.post(fdpass.Cancel, prefix)
		}
		r.loop.Post(loop.Func(func() { r.settle(number, unavailable()) }))
	}
}

func unavailable() *engineio.Answer {
	return &engineio.Answer{Status: fasthttp.StatusServiceUnavailable}
}

func (r *relay) await(number uint64, slot uint8, responder engineio.Responder) {
	if len(r.waiting) == 0 {
		r.loop.Arm(&r.sweep, r.loop.Now().Add(relaySweep), r)
	}
	r.waiting[number] = &question{responder: responder, slot: slot, asked: r.loop.Now()}
	r.numberOf[responder] = number
}

// settle ends a question. One that is settled already is passed over.
func (r *relay) settle(number uint64, a *engineio.Answer) {
	q := r.waiting[number]
	if q == nil {
		return
	}
	delete(r.waiting, number)
	delete(r.numberOf, q.responder)
	q.responder.Respond(a)
}

// Cancel tells the session's slot that nobody waits any more.
func (r *relay) Cancel(responder engineio.Responder) {
	number, ok := r.numberOf[responder]
	if !ok {
		return
	}
	q := r.waiting[number]
	delete(r.waiting, number)
	delete(r.numberOf, responder)
	r.outboxes[q.slot].post(fdpass.Cancel, asker{r.self.slot, r.self.life, number}.append(nil))
}

// Handover passes an upgrade's connection to its session's worker.
func (r *relay) Handover(id string, fd int, unread []byte, remote net.Addr) {
	defer closeDescriptor(fd)
	ctx, cancel := context.WithTimeout(context.Background(), relaySendDeadline)
	defer cancel()
	slot := r.slotOf(id)
	origin := fdpass.Origin{Accepted: time.Now()}
	if a, ok := remote.(fdpass.Addr); ok {
		origin.Remote = a
	}
	payload := append(fdpass.AppendOrigin(nil, origin), unread...)
	r.handed.Add(1)
	if err := r.outboxes[slot].send(ctx, fdpass.Handover, payload, fd); err != nil {
		r.logger.Warn("hand a connection over", "to_slot", slot, "error", err)
	}
}

// Expire gives up questions that were never answered.
func (r *relay) Expire(*loop.Timer) {
	now := r.loop.Now()
	for number, q := range r.waiting {
		if now.Sub(q.asked) > r.patience {
			r.lost.Add(1)
			r.settle(number, unavailable())
		}
	}
	if len(r.waiting) > 0 {
		r.loop.Arm(&r.sweep, now.Add(relaySweep), r)
	}
}

// answerPiece takes a piece of an answer to a question of ours, on the loop.
func (r *relay) answerPiece(number uint64, flags byte, b []byte) error {
	q := r.waiting[number]
	if q == nil {
		return nil // cancelled, or another life's
	}
	if flags&firstPiece != 0 {
		a, body, err := parseAnswerHead(b)
		if err != nil {
			return err
		}
		q.answer, b = a, body
	}
	if q.answer == nil {
		return errBadPiece
	}
	q.answer.Body = append(q.answer.Body, b...)
	if flags&lastPiece != 0 {
		r.settle(number, q.answer)
	}
	return nil
}

// serve asks our engine on behalf of another slot, on the loop.
func (r *relay) serve(from asker, x *engineio.Exchange) {
	if r.open[from] != nil {
		return // a number used twice: not from a worker of ours
	}
	p := &reply{relay: r, asker: from, sid: x.SID}
	r.open[from] = p
	r.engine.Exchange(x, p)
}

// refuse answers a request that cannot be served now.
func (r *relay) refuse(from asker) {
	(&reply{relay: r, asker: from}).Respond(unavailable())
}

// Respond sends the answer back.
func (p *reply) Respond(a *engineio.Answer) {
	r := p.relay
	delete(r.open, p.asker)
	r.answered.Add(1)
	box := r.outboxes[p.asker.slot]
	_ = pieces(binary.BigEndian.AppendUint64(nil, p.asker.id), answerHead(a), a.Body, func(piece []byte) error {
		box.post(fdpass.Answer, piece)
		return nil
	})
}

// cancelled hears that the asker's client went away.
func (r *relay) cancelled(from asker) {
	if p := r.open[from]; p != nil {
		delete(r.open, from)
		r.engine.ExchangeLost(p.sid, p)
	}
}

// peerDown ends what a dead worker asked, and what was asked of it: its
// sessions died with it.
func (r *relay) peerDown(slot uint8, life uint64) {
	for from, p := range r.open {
		if from.slot == slot && from.life <= life {
			delete(r.open, from)
			r.engine.ExchangeLost(p.sid, p)
		}
	}
	for number, q := range r.waiting {
		if q.slot == slot {
			r.settle(number, engineio.SessionUnknown())
		}
	}
}
