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
	request   *request
	exchange  *Exchange
	router    Router // where the session is elsewhere
	done      chan *Answer
	keepAlive bool
	stays     bool // without a front the goroutine waits

	// The rest belongs to the loop.
	answer *Answer
	conn   *loop.Conn
	unread []byte // sent behind the request
}

func newHeld(r *request, x *Exchange) *held {
	header := &r.ctx.Request.Header
	return &held{
		request:   r,
		exchange:  x,
		done:      make(chan *Answer, 1),
		keepAlive: !header.ConnectionClose() && header.IsHTTP11(),
		stays:     r.server.front == nil,
	}
}

// Run asks the session.
func (h *held) Run() {
	defer func() {
		h.exchange.Body = nil
		if !h.stays {
			h.done <- h.answer
		}
	}()
	h.request.server.Exchange(h.exchange, h)
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
	case <-h.request.server.loop.Done():
		h.request.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
	}
}

func (h *held) reply(a *Answer) {
	if a.Refusal != nil {
		h.request.server.note(h.request.head, a.Refusal)
	}
	h.request.answer(a)
}

// hold sends the exchange to its owner, whose answer is not waited for here.
func (h *held) hold() {
	if !h.stays {
		h.hijack()
	}
	h.router.Exchange(h.exchange, h)
	h.exchange.Body = nil
	if h.stays {
		h.await()
	}
}

// hijack takes the connection from fasthttp, which has answered nothing.
func (h *held) hijack() {
	h.request.ctx.HijackSetNoResponse(true)
	h.request.ctx.Hijack(func(c net.Conn) {
		h.request.ctx = nil // fasthttp's again
		fd, unread, err := detach(c)
		if err != nil {
			h.request.server.logger.Warn("take a waiting poll's connection", "error", err)
			h.post(h.lost)
			return
		}
		if !h.post(func() { h.attach(fd, unread) }) {
			closeDescriptor(fd)
		}
	})
}

func (h *held) post(f func()) bool { return h.request.server.loop.Post(loop.Func(f)) }

// attach puts the connection on the loop, unless the answer came first.
func (h *held) attach(fd int, unread []byte) {
	if h.answer != nil {
		h.finish(fd, unread)
		return
	}
	conn, err := h.request.server.loop.Attach(fd, h)
	if err != nil {
		h.request.server.logger.Warn("let a poll wait on the loop", "error", err)
		h.lost()
		return
	}
	h.conn, h.unread = conn, unread
	h.request.server.stats.held.Add(1)
}

// Respond takes the answer; see [Responder].
func (h *held) Respond(a *Answer) {
	h.answer = a
	if h.stays {
		h.done <- a
		return
	}
	if h.conn == nil {
		return
	}
	fd := h.conn.Detach()
	h.conn = nil
	h.request.server.stats.held.Add(-1)
	h.finish(fd, h.unread)
}

// finish gives the connection back to a goroutine, which writes the answer and
// serves what follows.
func (h *held) finish(fd int, unread []byte) {
	h.unread = nil
	h.request.server.front.resume(h, fd, unread)
}

// Data keeps what the client sends behind its request, up to a bound.
func (h *held) Data(c *loop.Conn, b []byte) {
	h.unread = append(h.unread, b...)
	if len(h.unread) > unreadBytes {
		c.Pause()
	}
}

// Closed hears that the client went away.
func (h *held) Closed(*loop.Conn, error) {
	h.conn = nil
	h.request.server.stats.held.Add(-1)
	h.lost()
}

// Writable hears nothing: nothing is written while the connection waits.
func (h *held) Writable(*loop.Conn) {}

// lost tells the session, or its process, that nobody waits any more.
func (h *held) lost() {
	if h.answer != nil {
		return
	}
	if h.router != nil {
		h.router.Cancel(h)
		return
	}
	h.request.server.ExchangeLost(h.exchange.SID, h)
}
