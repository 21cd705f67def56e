package engineio

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

// Serve accepts connections until the listener or the front is closed, and then
// returns nil; net.ErrClosed: the front was closed before. It owns the listener.
func (f *Front) Serve(l net.Listener) error {
	f.mu.Lock()
	if f.closing {
		f.mu.Unlock()
		return errors.Join(net.ErrClosed, l.Close())
	}
	f.accepts[l] = struct{}{}
	f.wg.Add(1)
	f.mu.Unlock()
	defer f.wg.Done()
	for {
		c, err := l.Accept()
		if err != nil {
			f.mu.Lock()
			delete(f.accepts, l)
			f.settle()
			closing := f.closing
			f.mu.Unlock()
			if closing || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("accept on %s: %w", l.Addr(), errors.Join(err, l.Close()))
		}
		f.ServeConn(c)
	}
}

// ServeConn serves a connection on a goroutine of the front's, and owns it. A
// poll can only wait, and a WebSocket only open, on one that has a descriptor.
func (f *Front) ServeConn(c net.Conn) {
	fc := &frontConn{Conn: c}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closing {
		_ = c.Close()
		return
	}
	f.run(fc, func() { f.serve(fc) })
}

// ServeFD serves the connection of a non-blocking descriptor, which it owns,
// behind bytes that were read from it before.
func (f *Front) ServeFD(fd int, unread []byte, local, remote net.Addr) {
	f.ServeConn(f.newConn(fd, unread, local, remote))
}

// run is a goroutine that works on c. The caller holds the lock.
func (f *Front) run(c *frontConn, work func()) {
	f.serving[c] = false
	f.wg.Add(1)
	go func() {
		defer f.wg.Done()
		work()
		f.mu.Lock()
		delete(f.serving, c)
		f.settle()
		f.mu.Unlock()
	}()
}

func (f *Front) serve(c *frontConn) {
	if err := f.http.ServeConn(c); err != nil {
		f.logger.Debug("connection ended", address(c.RemoteAddr()), "error", err)
	}
	if c.stayed != nil {
		c.stayed()
	}
}

// note keeps who is in the middle of a request, whom Close lets finish.
func (f *Front) note(c net.Conn, state fasthttp.ConnState) {
	if fc, ok := c.(*frontConn); ok && state == fasthttp.StateHijacked {
		fc.stayed = nil
	}
	if state != fasthttp.StateActive && state != fasthttp.StateIdle {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.serving[c]; ok {
		f.serving[c] = state == fasthttp.StateActive
	}
	if f.closing && state == fasthttp.StateIdle {
		_ = inner(c).Close()
	}
}

// left counts a connection that goes to the loop.
func (f *Front) left() {
	f.mu.Lock()
	f.away++
	f.mu.Unlock()
}

// forgot counts one that does not come back.
func (f *Front) forgot() {
	f.mu.Lock()
	f.returned()
	f.mu.Unlock()
}

func (f *Front) returned() {
	f.away--
	f.settle()
}

// resume writes an answer that takes time, or is the last, to a request that
// waited on the loop, and serves what follows on its connection.
func (f *Front) resume(h *held, fd int, unread []byte) {
	c := &frontConn{Conn: f.newConn(fd, unread, nil, h.remote), idle: f.deadlines.idle}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.returned()
	if f.cut {
		_ = c.Close()
		return
	}
	h.keepAlive = h.keepAlive && !f.closing
	f.run(c, func() {
		h.note(h.answer)
		if err := f.writeAnswer(c, h); err != nil || !h.keepAlive {
			_ = c.Close()
			return
		}
		f.note(c, fasthttp.StateIdle)
		f.serve(c)
	})
	f.serving[c] = true
}

// takeBack serves a connection that the loop has kept.
func (f *Front) takeBack(d *descriptorConn) {
	c := &frontConn{Conn: d}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.returned()
	if f.closing {
		_ = c.Close()
		return
	}
	f.run(c, func() { f.serve(c) })
}

func (f *Front) writeAnswer(c net.Conn, h *held) error {
	resp := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(resp)
	resp.Header.SetNoDefaultContentType(true)
	h.answer.write(resp, h.form, &h.lines)
	if !h.keepAlive {
		resp.SetConnectionClose()
	}
	if err := c.SetWriteDeadline(time.Now().Add(f.deadlines.answer)); err != nil {
		return err
	}
	w := bufio.NewWriterSize(c, 2048)
	if err := resp.Write(w); err != nil {
		return err
	}
	return w.Flush()
}
