package loop

import "io"

// Handler hears what happens to a connection, on the loop's goroutine.
type Handler interface {
	// Data delivers what was read. b is valid, and may be written to, only during the call.
	Data(c *Conn, b []byte)
	// Closed is the last call, and comes exactly once: io.EOF (the peer closed), ErrStopped, a *PanicError or a system error. It does
	// not come after the owner's own Close, CloseAfterFlush or Detach. The descriptor is closed already.
	Closed(c *Conn, err error)
	// Writable says that the queue was Blocked and is now empty.
	Writable(c *Conn)
}

type connFlags uint8

const (
	flagDirty   connFlags = 1 << iota // in the loop's list of connections to write
	flagBlocked                       // the kernel took less than was offered; waiting for evWrite
	flagPaused                        // the owner wants no input
	flagParked                        // taken out of epoll, which would report a hang-up again and again while paused
	flagClosing                       // CloseAfterFlush: the handler is a *lingerer
	flagEOF                           // closing, and the peer has finished before the queue was flushed
)

// Conn is one stream socket on the loop. All methods are for the loop's goroutine only, and do nothing once it is closed.
type Conn struct {
	loop       *Loop
	handler    Handler
	queue      refs
	queued     int
	fd         int32 // -1: closed or detached
	generation uint32
	interest   uint32 // what epoll was last asked for
	flags      connFlags
}

// Attach makes fd, a non-blocking stream socket, the loop's: it is closed by the loop, or at once where Attach returns an error
// (ErrStopped, or epoll's). Calls to h begin in a later turn.
func (l *Loop) Attach(fd int, h Handler) (*Conn, error) {
	if l.ended {
		l.closeConn(fd)
		return nil, ErrStopped
	}
	l.generation++
	c := &Conn{loop: l, handler: h, fd: int32(fd), generation: l.generation, interest: evRead}
	if err := l.poller.add(fd, c.generation, c.interest); err != nil {
		l.closeConn(fd)
		return nil, err
	}
	for fd >= len(l.conns) {
		l.conns = append(l.conns, make([]*Conn, max(64, len(l.conns)))...)
	}
	l.conns[fd] = c
	l.counters.Conns++
	l.counters.Attached++
	return c, nil
}

// SetHandler replaces the handler.
func (c *Conn) SetHandler(h Handler) {
	if c.fd >= 0 && c.flags&flagClosing == 0 {
		c.handler = h
	}
}

// Pause stops reading. What the peer sends meanwhile fills the kernel's buffers; its end is noticed at the latest on Resume.
func (c *Conn) Pause() {
	if c.flags&flagClosing != 0 {
		return
	}
	c.flags |= flagPaused
	c.register()
}

// Resume begins reading again.
func (c *Conn) Resume() {
	c.flags &^= flagPaused
	c.register()
}

// Close closes the connection at once and drops its queue.
func (c *Conn) Close() {
	if c.fd < 0 {
		return
	}
	c.loop.closeConn(c.release())
}

// closeConn tells who wants to know before the number can be another's.
func (l *Loop) closeConn(fd int) {
	if l.closing != nil {
		l.closing(fd)
	}
	closeSocket(fd)
}

// Detach takes the connection off the loop and returns its descriptor, still non-blocking, which the caller then owns; -1 when it
// is closed. What is queued is dropped: see Queued.
func (c *Conn) Detach() int {
	if c.fd < 0 {
		return -1
	}
	return c.release()
}

// release undoes Attach except for closing the descriptor. Leaving epoll is explicit: while anybody else holds the same socket
// (a dup, a child process) epoll would go on reporting it, and could no longer be told to stop.
func (c *Conn) release() int {
	l, fd := c.loop, int(c.fd)
	if c.flags&flagParked == 0 {
		l.poller.remove(fd)
	}
	if c.flags&flagClosing != 0 {
		l.Disarm(&c.handler.(*lingerer).timer)
	}
	l.conns[fd] = nil
	l.counters.Conns--
	c.drop()
	c.fd, c.flags, c.handler = -1, 0, nil
	return fd
}

// fail closes the connection for a reason that its owner has to hear.
func (c *Conn) fail(err error) {
	if c.fd < 0 {
		return
	}
	h := c.handler
	c.Close()
	c.loop.current = nil
	if h != nil {
		h.Closed(c, err)
	}
}

// register tells epoll what is wanted, where that has changed.
func (c *Conn) register() {
	if c.fd < 0 {
		return
	}
	var want uint32
	if c.flags&(flagPaused|flagEOF) == 0 {
		want |= evRead
	}
	if c.flags&flagBlocked != 0 {
		want |= evWrite
	}
	var err error
	switch {
	case c.flags&flagParked != 0:
		if want == 0 {
			return
		}
		c.flags &^= flagParked
		err = c.loop.poller.add(int(c.fd), c.generation, want)
	case want == c.interest:
		return
	default:
		err = c.loop.poller.modify(int(c.fd), c.generation, want)
	}
	c.interest = want
	if err != nil {
		c.loop.doom(c, err)
	}
}

// ready handles one event.
func (c *Conn) ready(events uint32) {
	if events&evWrite != 0 && c.flags&flagBlocked != 0 {
		c.loop.markDirty(c)
	}
	if c.flags&(flagPaused|flagEOF) == 0 {
		if events&(evRead|evHangup) != 0 {
			c.receive(events)
		}
		return
	}
	if events&evHangup == 0 {
		return
	}
	if c.queued > 0 {
		c.loop.markDirty(c) // the write will tell what has happened
		return
	}
	c.loop.poller.remove(int(c.fd))
	c.flags |= flagParked
	c.interest = 0
}

// receive reads once: a connection that has more is reported again next turn, after the others had theirs.
func (c *Conn) receive(events uint32) {
	l := c.loop
	n, err := readSocket(int(c.fd), l.input)
	switch {
	case n > 0:
		l.counters.Reads++
		l.counters.BytesIn += uint64(n)
		c.handler.Data(c, l.input[:n])
	case err == nil:
		if c.flags&flagClosing != 0 && c.queued > 0 {
			c.flags |= flagEOF // it may still be reading
			c.register()
			return
		}
		c.fail(io.EOF)
	case err != errAgain:
		c.fail(err)
	case events&evHangup != 0:
		c.fail(pendingError(int(c.fd))) // nothing to read and never will be
	}
}
