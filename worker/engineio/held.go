package engineio

import (
	"net"
	"syscall"

	"github.com/valyala/fasthttp"
)

// held is a polling request under way. It is a task that asks the session; the
// responder that the session, or another process, answers; and, where the answer
// has to wait, what a connection on the loop waits for.
type held struct {
	server    *Server
	exchange  Exchange
	router    Router // where the session is elsewhere
	ctx       *fasthttp.RequestCtx
	done      chan *Answer
	head      *Request // for who hears of a refusal
	remote    net.Addr
	lines     HeaderLines
	form      form
	keepAlive bool

	// The rest belongs to the loop.
	answer *Answer
	kept   *keptConn // where it waits
	asking bool      // on its way to the owner: there is nothing to cancel yet
	gone   bool      // to be cancelled then
}

func newHeld(r *request, x Exchange) *held {
	return &held{
		server:    r.server,
		exchange:  x,
		ctx:       r.ctx,
		done:      make(chan *Answer, 1),
		head:      r.head,
		remote:    r.peer,
		lines:     r.lines,
		form:      r.form,
		keepAlive: keepsAlive(&r.ctx.Request.Header),
	}
}

// stays says that the goroutine waits for the answer: nobody could take the
// connection back.
func (h *held) stays() bool { return h.server.front == nil }

// Run asks the session.
func (h *held) Run() {
	defer func() {
		h.exchange.Body = nil
		if !h.stays() {
			h.done <- h.answer
		}
	}()
	h.server.Exchange(&h.exchange, h)
}

// await answers from the goroutine what is answered at once.
func (h *held) await() {
	select {
	case a := <-h.done:
		if a == nil {
			h.hijack()
			return
		}
		h.reply(a)
	case <-h.server.loop.Done():
		h.reply(&Answer{Status: fasthttp.StatusServiceUnavailable})
	}
}

func (h *held) reply(a *Answer) {
	h.note(a)
	a.write(&h.ctx.Response, h.form, &h.lines)
	if a.Refusal == nil && h.moves() {
		h.server.front.adopt(h.ctx, h.remote, nil)
	}
}

// moves reports whether the loop is to read what follows on the connection.
func (h *held) moves() bool {
	if h.stays() || !h.keepAlive || h.server.options.Headers != nil {
		return false
	}
	_, ok := inner(h.ctx.Conn()).(syscall.Conn)
	return ok && h.server.front.exactly(h.ctx.RequestURI()) == h.server
}

func (h *held) note(a *Answer) {
	if a.Refusal != nil {
		h.server.note(h.head, a.Refusal)
	}
}

// hold sends the exchange to its owner, whose answer is not waited for here.
func (h *held) hold() {
	if !h.stays() {
		h.hijack()
	}
	h.ask()
	if h.stays() {
		h.await()
	}
}

// ask sends the exchange to its owner.
func (h *held) ask() {
	h.router.Exchange(&h.exchange, h)
	h.exchange.Body = nil
}

// hijack takes the connection from fasthttp, which has answered nothing.
func (h *held) hijack() {
	ctx := h.ctx
	h.ctx, h.done = nil, nil
	if h.router == nil {
		h.head = nil // only another process can still refuse
	}
	ctx.HijackSetNoResponse(true)
	h.server.front.adopt(ctx, h.remote, h)
}

// Respond takes the answer; see [Responder].
func (h *held) Respond(a *Answer) {
	if h.gone {
		h.gone = false
		return
	}
	h.settle(a)
}

func (h *held) settle(a *Answer) {
	h.answer = a
	if h.stays() {
		h.done <- a
		return
	}
	if h.kept != nil {
		h.kept.respond(h)
	}
}

// abandon answers a request whose session will not be heard here any more.
func (h *held) abandon() {
	h.cancel()
	h.settle(&Answer{Status: fasthttp.StatusServiceUnavailable})
}

// cancel tells the owner that nobody waits any more, once it has been asked.
func (h *held) cancel() {
	if h.asking {
		h.gone = true
		return
	}
	h.router.Cancel(h)
}

// asked is when the exchange is on its way.
func (h *held) asked() {
	h.asking = false
	if h.gone {
		h.gone = false
		h.router.Cancel(h)
	}
}

// lost tells the session, or its process, that nobody waits any more.
func (h *held) lost() {
	switch {
	case h.answer != nil:
	case h.router != nil:
		h.cancel()
	default:
		h.server.ExchangeLost(h.exchange.SID, h)
	}
}
