package loop

import "io"

// Write queues b by reference: it must not change from now on. The queue is written once at the turn's end. Write never fails;
// what goes wrong is reported by Handler.Closed. After Close or CloseAfterFlush it does nothing.
func (c *Conn) Write(b []byte) {
	if c.fd < 0 || len(b) == 0 || c.flags&flagClosing != 0 {
		return
	}
	l := c.loop
	c.queue.push(&l.chunks, b)
	c.queued += len(b)
	if c.flags&flagBlocked == 0 {
		l.unsent += len(b)
		l.markDirty(c)
	}
}

// Queued is the number of bytes that the kernel has not taken yet.
func (c *Conn) Queued() int { return c.queued }

// Blocked says that the kernel took less than it was offered. Handler.Writable tells when all of the queue is gone.
func (c *Conn) Blocked() bool { return c.flags&flagBlocked != 0 }

func (l *Loop) markDirty(c *Conn) {
	if c.flags&flagDirty == 0 {
		c.flags |= flagDirty
		l.dirty.push(c)
	}
}

// flush writes to dirty connections, first come first served, until the turn's budget of writes is used up.
func (l *Loop) flush() {
	for l.writesLeft > 0 {
		c := l.dirty.pop()
		if c == nil {
			return
		}
		if c.flags&flagDirty == 0 {
			continue // closed meanwhile
		}
		c.flags &^= flagDirty
		l.writesLeft--
		l.current = c
		c.write()
	}
}

// write offers the queue to the kernel once.
func (c *Conn) write() {
	l := c.loop
	offered, n, err := l.offer(c)
	l.counters.Writes++
	if n > 0 {
		l.counters.BytesOut += uint64(n)
		c.queued -= n
		c.queue.consume(&l.chunks, n)
		if c.flags&flagBlocked == 0 {
			l.unsent -= n
		}
	}
	switch {
	case err != nil && err != errAgain:
		c.broken(err)
	case n < offered:
		if c.flags&flagBlocked == 0 {
			c.flags |= flagBlocked
			l.unsent -= c.queued
			l.counters.Blocked++
			c.register()
		}
	case c.queued > 0:
		l.markDirty(c)
	default:
		c.drained()
	}
}

// lastReads is how many more reads a connection gets whose peer takes nothing more.
const lastReads = 16

// broken closes a connection that cannot be written to. The peer may have sent a last message, and even closed in good order, just
// before: that is delivered first, and told from a failure.
func (c *Conn) broken(err error) {
	l := c.loop
	c.drop()
	for range lastReads {
		if c.fd < 0 || c.flags&(flagPaused|flagEOF) != 0 {
			break
		}
		n, readErr := readSocket(int(c.fd), l.input)
		if n == 0 {
			if readErr == nil {
				err = io.EOF
			}
			break
		}
		l.counters.Reads++
		l.counters.BytesIn += uint64(n)
		c.handler.Data(c, l.input[:n])
	}
	c.fail(err)
}

// drop empties the queue.
func (c *Conn) drop() {
	if c.flags&flagBlocked == 0 {
		c.loop.unsent -= c.queued
	}
	c.queue.clear(&c.loop.chunks)
	c.queued = 0
}

// drained follows the write that emptied the queue.
func (c *Conn) drained() {
	blocked := c.flags&flagBlocked != 0
	if blocked {
		c.flags &^= flagBlocked
		c.register()
	}
	switch {
	case c.fd < 0:
	case c.flags&flagClosing != 0:
		c.finish()
	case blocked:
		c.handler.Writable(c)
	}
}

// offer makes one system call: write for a single piece, writev for several.
func (l *Loop) offer(c *Conn) (offered, n int, err error) {
	if c.queue.head == nil {
		n, err = writeSocket(int(c.fd), c.queue.first)
		return len(c.queue.first), n, err
	}
	g := l.layOut(&c.queue)
	if len(g.vectors) == 1 {
		n, err = writeSocket(int(c.fd), g.vectors[0])
	} else {
		n, err = writevSocket(int(c.fd), g.vectors, &l.iovecs)
	}
	clear(g.vectors) // do not keep the buffers alive
	return g.total, n, err
}
