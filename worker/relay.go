package worker

import (
	"context"
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
	// relaySendDeadline bounds the wait for room in another slot's inbox, or in
	// the queue to the bus.
	relaySendDeadline = 5 * time.Second
	// relaySweep is how often what has heard nothing for a while is looked for.
	relaySweep = 10 * time.Second
)

// relayTimes are the constants, shorter in tests.
type relayTimes struct{ sweep, opening, silence, look time.Duration }

func defaultRelayTimes() relayTimes {
	return relayTimes{sweep: relaySweep, opening: tunnelOpening, silence: tunnelSilence, look: tunnelLook}
}

// relay answers requests whose session lives in another worker, of this machine
// or of another: it asks there, and serves what others ask here. It is the
// engine's Router.
type relay struct {
	self      asker // without a number
	homes     *homes
	ended     *ended
	loop      *loop.Loop
	engine    *engineio.Server
	front     *engineio.Front
	local     net.Addr // of the first listener
	outboxes  []*outbox
	bus       *busRelay
	guests    *guests
	logger    *slog.Logger
	times     relayTimes
	patience  time.Duration // longer than any answer takes: a poll ends with a heartbeat
	bodyLimit atomic.Int64
	numbers   atomic.Uint64 // of exchanges and tunnels; begins anywhere, so that another life's answers find none

	asked, across          atomic.Uint64 // other slots, other machines
	answered, handed, lost atomic.Uint64
	tunnelStats            tunnelStats

	// The rest belongs to the loop.
	waiting  map[uint64]*question // asked elsewhere
	numberOf map[engineio.Responder]uint64
	open     map[asker]*reply // asked here, not answered
	tunnels  map[asker]*tunnel
	stopping bool
	sweep    loop.Timer
}

// question is an exchange that another worker has to answer.
type question struct {
	responder engineio.Responder
	id        string // the session's
	to        station
	asked     time.Time
	sent      atomic.Bool      // whole
	doubted   bool             // its worker has been asked whether it still is under way
	answer    *engineio.Answer // while its pieces arrive
	pieces    uint32
}

// reply carries a session's answer back to the worker that asked.
type reply struct {
	relay *relay
	asker asker
	sid   string
}

// Elsewhere reports whether another worker owns the session, and is there, or
// may be.
func (r *relay) Elsewhere(id string) bool {
	home, incarnation, ok := r.homes.Find(sid.EngineIO, id)
	switch {
	case r.ended.has(id):
		return false
	case !ok || home.Node != r.self.node && incarnation == 0:
		return r.homes.inDoubt(id)
	case home == r.self.home():
		return false
	}
	return home.Node != r.self.node || int(home.Slot) < len(r.outboxes)
}

// target is who owns the session. It is nobody's where the owner has gone since
// Elsewhere.
func (r *relay) target(id string) station {
	home, incarnation, ok := r.homes.Find(sid.EngineIO, id)
	switch {
	case !ok:
		return station{home: sid.Home{Node: ^r.self.node}}
	case home.Node == r.self.node:
		return station{home: home}
	}
	return station{home, incarnation}
}

// there reports whether somebody serves at a station, or will.
func (r *relay) there(s station) bool {
	return s.home.Node == r.self.node || r.homes.Alive(s.home, s.life)
}

// Exchange asks the session's worker; see [engineio.Router].
func (r *relay) Exchange(x *engineio.Exchange, responder engineio.Responder) {
	r.homes.await(x.SID)
	number := r.numbers.Add(1)
	q := &question{responder: responder, id: x.SID, to: r.target(x.SID)}
	r.count(q.to)
	if !r.loop.Post(loop.Func(func() { r.await(number, q) })) || !r.there(q.to) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), relaySendDeadline)
	defer cancel()
	if err := r.way(q.to).ask(ctx, number, x); err != nil {
		r.logger.Warn("relay a request", "to_node", q.to.home.Node, "to_slot", q.to.home.Slot, "error", err)
		r.loop.Post(loop.Func(func() { r.settle(number, unavailable()) }))
	}
	q.sent.Store(true)
}

// Offer asks it at once, if it can; see [engineio.Router].
func (r *relay) Offer(x *engineio.Exchange, responder engineio.Responder) bool {
	if r.homes.inDoubt(x.SID) {
		return false
	}
	q := &question{responder: responder, id: x.SID, to: r.target(x.SID)}
	number := r.numbers.Add(1)
	if !r.there(q.to) || !r.way(q.to).offer(number, x) {
		return false
	}
	r.count(q.to)
	q.sent.Store(true)
	r.await(number, q)
	return true
}

func (r *relay) count(to station) {
	if to.life == 0 {
		r.asked.Add(1)
	} else {
		r.across.Add(1)
	}
}

func unavailable() *engineio.Answer {
	return &engineio.Answer{Status: fasthttp.StatusServiceUnavailable}
}

func (r *relay) await(number uint64, q *question) {
	if !r.there(q.to) { // nobody will tell again that it has gone
		q.responder.Respond(engineio.SessionUnknown())
		return
	}
	r.watch()
	q.asked = r.loop.Now()
	r.waiting[number] = q
	r.numberOf[q.responder] = number
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

// Cancel tells the session's worker that nobody waits any more.
func (r *relay) Cancel(responder engineio.Responder) {
	number, ok := r.numberOf[responder]
	if !ok {
		return
	}
	q := r.waiting[number]
	delete(r.waiting, number)
	delete(r.numberOf, responder)
	r.way(q.to).cancel(number)
}

// Handover passes an upgrade's connection to its session's worker. Where that is
// another machine's, what the client sends is passed on instead.
func (r *relay) Handover(id string, fd int, unread []byte, remote net.Addr) {
	r.homes.await(id)
	to := r.target(id)
	client, _ := remote.(fdpass.Addr)
	if to.home.Node != r.self.node {
		r.carry(id, to, fd, unread, client)
		return
	}
	defer closeDescriptor(fd)
	ctx, cancel := context.WithTimeout(context.Background(), relaySendDeadline)
	defer cancel()
	site, counted := r.guests.handing(fd, to.home.Slot)
	origin := fdpass.Origin{Accepted: time.Now(), Remote: client, Site: site}
	payload := append(fdpass.AppendOrigin(nil, origin), unread...)
	r.handed.Add(1)
	if err := r.outboxes[to.home.Slot].send(ctx, fdpass.Handover, payload, fd); err != nil {
		if counted {
			r.guests.lost(site, to.home.Slot)
		}
		r.logger.Warn("hand a connection over", "to_slot", to.home.Slot, "error", err)
	}
}

// answerPiece takes a piece of an answer to a question of ours, on the loop.
func (r *relay) answerPiece(number uint64, piece uint32, flags byte, b []byte) error {
	q := r.waiting[number]
	if q == nil {
		return nil // cancelled, or another life's
	}
	if flags&firstPiece != 0 {
		a, body, err := parseAnswerHead(b)
		if err != nil {
			r.lost.Add(1)
			r.settle(number, unavailable())
			return err
		}
		q.answer, q.pieces, b = a, 0, body
	}
	if piece == nextPiece {
		piece = q.pieces
	}
	if q.answer == nil || piece != q.pieces {
		if q.to.life != 0 { // one was lost on the way
			r.lost.Add(1)
			r.settle(number, unavailable())
		}
		return errBadPiece
	}
	q.answer.Body = append(q.answer.Body, b...)
	q.pieces++
	if flags&lastPiece != 0 {
		r.ended.learn(q.id, q.answer)
		r.settle(number, q.answer)
	}
	return nil
}

// serve asks our engine on behalf of another worker, on the loop.
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
	r.way(p.asker.station()).answer(p.asker.id, a)
}

// cancelled hears that the asker's client went away.
func (r *relay) cancelled(from asker) {
	if p := r.open[from]; p != nil {
		delete(r.open, from)
		r.engine.ExchangeLost(p.sid, p)
	}
}

// peerDown ends what a dead worker of this machine asked, and what was asked of
// it: its sessions died with it. Of its earlier lives nobody may have told.
func (r *relay) peerDown(home sid.Home, life uint64) {
	r.gone(func(s station) bool { return s.home == home && s.life <= life })
}

// gone ends what was asked by, and of, stations that do not serve any more.
func (r *relay) gone(dead func(station) bool) {
	for from, p := range r.open {
		if dead(from.station()) {
			delete(r.open, from)
			r.engine.ExchangeLost(p.sid, p)
		}
	}
	for number, q := range r.waiting {
		if dead(q.to) {
			r.settle(number, engineio.SessionUnknown())
		}
	}
}
