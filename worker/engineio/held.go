package engineio

import (
	"net"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// held is a polling request under way. It is a task that asks the session; the
// responder that the session, or another process, answers; and where the answer
// has to wait, the handler of the connection, which then costs this struct and
// a descriptor on the loop until it returns to fasthttp.
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
	conn   *loop.Conn
	unread []byte // sent behind the request
}

func newHeld(r *request, x Exchange) *held {
	header := &r.ctx.Request.Header
	return &held{
		server:    r.server,
		exchange:  x,
		ctx:       r.ctx,
		done:      make(chan *Answer, 1),
		head:      r.head,
		remote:    r.head.Remote,
		lines:     r.lines,
		form:      r.form,
		keepAlive: header.IsHTTP11() && !header.ConnectionClose(),
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
	h.router.Exchange(&h.exchange, h)
	h.exchange.Body = nil
	if h.stays() {
		h.await()
	}
}

// hijack takes the connection from fasthttp, which has answered nothing.
func (h *held) hijack() {
	ctx := h.ctx
	h.ctx, h.done = nil, nil
	if h.router == nil {
		h.head = nil // only another process can still refuse
	}
	h.server.front.left()
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(c net.Conn) {
		fd, unread, err := detach(c)
		if err != nil {
			h.server.logger.Warn("take a waiting poll's connection", "sid", h.exchange.SID, address(h.remote), "error", err)
			if !h.post(h.lost) {
				h.server.front.forgot()
			}
			return
		}
		if !h.post(func() { h.attach(fd, unread) }) {
			closeDescriptor(fd)
			h.server.front.forgot()
		}
	})
}

func (h *held) post(f func()) bool { return h.server.loop.Post(loop.Func(f)) }

// attach puts the connection on the loop, unless the answer came first.
func (h *held) attach(fd int, unread []byte) {
	if h.answer != nil {
		h.server.front.resume(h, fd, unread)
		return
	}
	conn, err := h.server.loop.Attach(fd, h)
	if err != nil {
		h.server.logger.Warn("let a poll wait on the loop", "sid", h.exchange.SID, address(h.remote), "error", err)
		h.lost()
		return
	}
	h.conn, h.unread = conn, unread
	h.enough()
	h.server.stats.held.Add(1)
	if h.router != nil {
		h.server.routed[h] = struct{}{}
	}
	if h.server.shutdown && h.router != nil {
		h.abandon()
	}
}

// Respond takes the answer; see [Responder].
func (h *held) Respond(a *Answer) {
	h.answer = a
	if h.stays() {
		h.done <- a
		return
	}
	if h.conn == nil {
		return
	}
	fd, unread := h.conn.Detach(), h.unread
	h.detached()
	h.server.front.resume(h, fd, unread)
}

// abandon answers a request whose session will not be heard here any more.
func (h *held) abandon() {
	h.router.Cancel(h)
	h.Respond(&Answer{Status: fasthttp.StatusServiceUnavailable})
}

func (h *held) detached() {
	h.conn, h.unread = nil, nil
	delete(h.server.routed, h)
	h.server.stats.held.Add(-1)
}

// Data keeps what the client sends behind its request, up to a bound.
func (h *held) Data(_ *loop.Conn, b []byte) {
	h.unread = append(h.unread, b...)
	h.enough()
}

// enough reads no further where much lies behind the request already: it may
// have come with the connection, from behind an earlier one.
func (h *held) enough() {
	if len(h.unread) > unreadBytes {
		h.conn.Pause()
	}
}

// Closed hears that the client went away.
func (h *held) Closed(*loop.Conn, error) {
	h.detached()
	h.lost()
}

// Writable hears nothing: nothing is written while the connection waits.
func (h *held) Writable(*loop.Conn) {}

// lost tells the session, or its process, that nobody waits any more.
func (h *held) lost() {
	h.server.front.forgot()
	switch {
	case h.answer != nil:
	case h.router != nil:
		h.router.Cancel(h)
	default:
		h.server.ExchangeLost(h.exchange.SID, h)
	}
}
