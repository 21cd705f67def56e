package engineio_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// router joins two engines, as the relay between processes does: what passes is
// copied, and every call changes loops.
type router struct {
	prefix string // of the ids at home
	mine   *engine
	other  *engine

	exchanges, cancels, handovers atomic.Int64
	handed                        atomic.Value                     // the net.Addr of the latest connection
	asked                         map[engineio.Responder]*answerer // my loop's,
	offers                        int                              // and this
}

func (r *router) Elsewhere(sid string) bool {
	return len(sid) > 2 && sid[1] == '-' && !strings.HasPrefix(sid, r.prefix)
}

// Offer takes every second one.
func (r *router) Offer(x *engineio.Exchange, responder engineio.Responder) bool {
	if r.offers++; r.offers%2 == 0 {
		return false
	}
	a, passed := r.pass(x, responder)
	r.asked[responder] = a
	r.other.loop.Post(passed)
	return true
}

func (r *router) Exchange(x *engineio.Exchange, responder engineio.Responder) {
	a, passed := r.pass(x, responder)
	registered := make(chan struct{})
	if !r.mine.loop.Post(loop.Func(func() { r.asked[responder] = a; close(registered) })) {
		return
	}
	<-registered
	r.other.loop.Post(passed)
}

// pass copies an exchange, for the other loop.
func (r *router) pass(x *engineio.Exchange, responder engineio.Responder) (*answerer, loop.Task) {
	r.exchanges.Add(1)
	passed := *x
	passed.Body = bytes.Clone(x.Body)
	a := &answerer{router: r, sid: x.SID, asker: responder}
	return a, loop.Func(func() { r.other.server.Exchange(&passed, a) })
}

func (r *router) Cancel(responder engineio.Responder) {
	r.cancels.Add(1)
	a := r.asked[responder]
	delete(r.asked, responder)
	r.other.loop.Post(loop.Func(func() { r.other.server.ExchangeLost(a.sid, a) }))
}

func (r *router) Handover(sid string, fd int, unread []byte, remote net.Addr) {
	r.handovers.Add(1)
	r.handed.Store(remote)
	if !r.Elsewhere(sid) {
		panic("a connection of mine")
	}
	r.other.front.ServeFD(fd, bytes.Clone(unread), nil, remote)
}

// answerer waits on the other loop for what the asker waits for on mine.
type answerer struct {
	router *router
	sid    string
	asker  engineio.Responder
}

func (a *answerer) Respond(answer *engineio.Answer) {
	a.router.mine.loop.Post(loop.Func(func() {
		if a.router.asked[a.asker] == nil {
			return // cancelled meanwhile
		}
		delete(a.router.asked, a.asker)
		a.asker.Respond(answer)
	}))
}

// join starts two engines that know of each other. Ids begin with a- or b-.
func join(t *testing.T, change ...func(*setup)) (a, b *engine, atA *router) {
	t.Helper()
	routers := [2]*router{{prefix: "a-"}, {prefix: "b-"}}
	engines := [2]*engine{}
	for i, r := range routers {
		ids := new(atomic.Int64)
		engines[i] = start(t, append([]func(*setup){options(func(o *engineio.Options) {
			o.Router = r
			o.GenerateID = func(*engineio.Request) (string, error) { return fmt.Sprint(r.prefix, ids.Add(1)), nil }
		})}, change...)...)
		r.asked = make(map[engineio.Responder]*answerer)
		r.mine = engines[i]
	}
	routers[0].other, routers[1].other = engines[1], engines[0]
	return engines[0], engines[1], routers[0]
}

// through opens a session at b whose requests then go to a.
func through(t *testing.T, a, b *engine, query string) *client {
	t.Helper()
	p := b.polling(t, query)
	p.poll, p.send = dial(t, a.addr), dial(t, a.addr)
	return p
}
