package engineio

import (
	"bytes"
	"net"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// keptConn is the connection of a client that polls. Once it has brought a
// request for a session, the loop reads on: requests of that kind that come
// whole are served where their session lives, without a goroutine, a buffer or a
// descriptor of their own. All else returns to fasthttp, with every byte.
//
// It serves one request after the other, and begins none before the answer to
// the one before has left.
type keptConn struct {
	front  *Front
	remote net.Addr
	conn   *loop.Conn
	timer  loop.Timer
	since  time.Time // of the last answer

	request *held  // under way
	input   []byte // behind it, or of one that is not whole
	need    int    // bytes that it takes at least to be whole
}

// adopt takes the connection of ctx from fasthttp for the loop, with the request
// under way, or behind an answer, where h is nil.
func (f *Front) adopt(ctx *fasthttp.RequestCtx, remote net.Addr, h *held) {
	f.left()
	if c, ok := ctx.Conn().(*frontConn); ok {
		c.stayed = func() { f.abandoned(h) }
	}
	ctx.Hijack(func(c net.Conn) {
		fd, unread, err := detach(c)
		if err != nil {
			f.logger.Warn("take a polling client's connection", address(remote), "error", err)
		}
		posted := f.loop.Post(loop.Func(func() {
			if err != nil {
				f.drop(h)
				return
			}
			f.keep(fd, unread, remote, h)
		}))
		if posted {
			return
		}
		if err == nil {
			f.closeDescriptor(fd)
		}
		f.forgot()
	})
}

// abandoned is when fasthttp ended the connection, rather than let the loop have
// it: the answer did not reach the client.
func (f *Front) abandoned(h *held) {
	if !f.loop.Post(loop.Func(func() { f.drop(h) })) {
		f.forgot()
	}
}

// drop forgets a connection that could not come to the loop.
func (f *Front) drop(h *held) {
	f.forgot()
	if h != nil {
		h.lost()
	}
}

// keep puts a connection on the loop.
func (f *Front) keep(fd int, unread []byte, remote net.Addr, h *held) {
	k := &keptConn{front: f, remote: remote, input: unread}
	conn, err := f.loop.Attach(fd, k)
	if err != nil {
		f.logger.Warn("let a polling client's connection wait on the loop", address(remote), "error", err)
		f.drop(h)
		return
	}
	k.conn = conn
	f.kept[k] = struct{}{}
	switch {
	case h == nil && f.draining:
		k.end()
	case h == nil:
		k.idle()
	case h.answer != nil:
		k.respond(h)
	default:
		k.hold(h)
		k.enough()
	}
}

// hold has the connection wait for the answer to h.
func (k *keptConn) hold(h *held) {
	k.request, h.kept = h, k
	h.server.stats.held.Add(1)
	if h.router == nil {
		return
	}
	h.server.routed[h] = struct{}{}
	if h.server.shutdown {
		h.abandon()
	}
}

// release is when the request under way waits no more.
func (k *keptConn) release() {
	h := k.request
	k.request, h.kept = nil, nil
	delete(h.server.routed, h)
	h.server.stats.held.Add(-1)
}

// respond sends the answer to h. One that takes time returns to a goroutine,
// and so does the last on its connection.
func (k *keptConn) respond(h *held) {
	if k.request != nil {
		k.release()
	}
	if f := k.front; !h.keepAlive || f.draining || h.answer.Refusal != nil || h.answer.compressed(h.form) {
		fd, unread := k.detach()
		f.resume(h, fd, unread)
		return
	}
	k.front.plain.answer(k.conn, h)
	k.idle()
}

// idle is between two requests.
func (k *keptConn) idle() {
	d := &k.front.deadlines
	k.since = k.front.loop.Now()
	k.front.loop.Arm(&k.timer, k.since.Add(min(d.idle, d.answer)), k)
	if len(k.input) > 0 {
		k.front.loop.Post(k)
	}
}

// Data takes what the client sends.
func (k *keptConn) Data(_ *loop.Conn, b []byte) {
	if k.request == nil && len(k.input) == 0 && k.conn.Queued() == 0 {
		k.proceed(b, false)
		return
	}
	k.input = append(k.input, b...)
	if k.request == nil && len(k.input) >= k.need {
		k.Run()
	}
	if k.conn != nil {
		k.enough()
	}
}

// Run goes on with what has come behind a request, once the answer to that has
// left.
func (k *keptConn) Run() {
	switch {
	case k.conn == nil || k.request != nil || len(k.input) < max(k.need, 1) || k.conn.Blocked():
	case k.conn.Queued() > 0:
		k.front.loop.Post(k)
	default:
		b := k.input
		k.input = nil
		k.proceed(b, true)
		if k.conn != nil && len(k.input) <= unreadBytes {
			k.conn.Resume()
		}
	}
}

// proceed begins the next request. b is the caller's, unless it is own.
func (k *keptConn) proceed(b []byte, own bool) {
	waited := k.need > 0
	h, n, need := k.front.plain.read(k, b)
	rest := b[n:]
	switch {
	case len(rest) == 0:
		rest = nil // even an empty slice could grow into the caller's buffer
	case !own:
		rest = bytes.Clone(rest)
	}
	k.input, k.need = rest, need
	switch {
	case need > 0 && !waited:
		k.front.loop.Arm(&k.timer, k.front.loop.Now().Add(wholeDeadline), k)
	case need > 0:
	case h == nil:
		k.leave()
	case h.router != nil:
		h.asking = true
		k.hold(h)
		k.route(h)
	default:
		k.hold(h)
		h.server.Exchange(&h.exchange, h)
		h.exchange.Body = nil // valid until now
	}
}

// route sends the request to its owner, at once where that takes no waiting.
func (k *keptConn) route(h *held) {
	switch {
	case k.request == nil: // the server ends
	case h.router.Offer(&h.exchange, h):
		h.asking, h.exchange.Body = false, nil // valid until now
	default:
		h.exchange.Body = bytes.Clone(h.exchange.Body)
		if !k.front.ask(h) {
			k.end()
		}
	}
}

// ask has a goroutine send h to its owner, unless none is waited for any more.
func (f *Front) ask(h *held) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return false
	}
	f.wg.Go(func() {
		h.ask()
		h.server.loop.Post(loop.Func(h.asked))
	})
	return true
}

// enough reads no further where much lies behind a request already: it may have
// come with the connection, from behind an earlier one.
func (k *keptConn) enough() {
	if len(k.input) > unreadBytes {
		k.conn.Pause()
	}
}

// Writable hears that all of an answer has left which the network did not take
// at once.
func (k *keptConn) Writable(*loop.Conn) { k.Run() }

// Expire ends a connection that was idle for too long, or whose client does not
// read its answer. A request that comes in pieces is fasthttp's, which knows
// how long it may take.
func (k *keptConn) Expire(*loop.Timer) {
	limit := k.front.deadlines.idle
	switch {
	case k.request != nil:
		return
	case k.conn.Queued() > 0:
		limit = k.front.deadlines.answer
	case len(k.input) > 0:
		k.leave()
		return
	}
	if due := k.since.Add(limit); k.front.loop.Now().Before(due) {
		k.front.loop.Arm(&k.timer, due, k)
		return
	}
	k.end()
}

// leave gives the connection back to fasthttp.
func (k *keptConn) leave() {
	fd, unread := k.detach()
	k.front.takeBack(k.front.newConn(fd, unread, nil, k.remote))
}

// end closes the connection.
func (k *keptConn) end() {
	fd, _ := k.detach()
	k.front.closeDescriptor(fd)
	k.front.forgot()
}

// finish closes it when the last answer has left.
func (k *keptConn) finish() {
	if k.conn.Queued() == 0 {
		k.end()
		return
	}
	c, l := k.conn, k.front.loop
	k.forget()
	c.CloseAfterFlush(l.Now().Add(lingerDeadline))
	k.front.forgot()
}

// Closed hears that the client went away.
func (k *keptConn) Closed(*loop.Conn, error) {
	h := k.request
	k.detach()
	k.front.drop(h)
}

// detach takes the connection off the loop. What is queued for it is lost.
func (k *keptConn) detach() (fd int, unread []byte) {
	fd, unread = k.conn.Detach(), k.input
	k.forget()
	return fd, unread
}

func (k *keptConn) forget() {
	if k.request != nil {
		k.release()
	}
	k.conn, k.input = nil, nil
	k.front.loop.Disarm(&k.timer)
	delete(k.front.kept, k)
}
