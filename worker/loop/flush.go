package loop

// Write queues b by reference: it must not change from now on. The queue is written once at the turn's end. Write never fails;
// what goes wrong is reported by Handler.Closed. After Close or CloseAfterFlush it does nothing.
func (c *Conn) Write(b []byte) {
	if c.fd < 0 || len(b) == 0 || c.flags&flagClosing != 0 {
		return
	}
	l := c.loop
	c.queue.push(&l.chunks, b)
	c.queued += len(b)
	l.portion++
	if c.flags&(flagDirty|flagBlocked) == 0 {
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
		if c.queued == 0 {
			continue
		}
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
	}
	switch {
	case err != nil && err != errAgain:
		c.fail(err)
	case n < offered:
		if c.flags&flagBlocked == 0 {
			c.flags |= flagBlocked
			l.counters.Blocked++
			c.register()
		}
	case c.queued > 0:
		l.markDirty(c)
	default:
		c.drained()
	}
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

// offer makes one system call: write for a single piece, writev for several. Runs of small buffers are one piece, copied
// together, which is cheaper than a vector each.
func (l *Loop) offer(c *Conn) (offered, n int, err error) {
	q := &c.queue
	if q.head == nil {
		n, err = writeSocket(int(c.fd), q.first)
		return len(q.first), n, err
	}
	g := gather{vectors: l.vectors[:0], join: l.join[:0]}
	more := g.add(q.first)
	for k := q.head; k != nil && more; k = k.next {
		for i := k.start; i < k.end && more; i++ {
			more = g.add(k.refs[i])
		}
	}
	g.endRun()
	if len(g.vectors) == 1 {
		n, err = writeSocket(int(c.fd), g.vectors[0])
	} else {
		n, err = writevSocket(int(c.fd), g.vectors, &l.iovecs)
	}
	clear(g.vectors) // do not keep the buffers alive
	return g.total, n, err
}
