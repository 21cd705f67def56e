package load

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// kind says what is spoken on a connection.
type kind uint8

const (
	websocket kind = iota
	get            // a client's polls
	post           // a client's packets
	trigger        // requests to have something broadcast
)

// conn is one connection. Its thread owns the descriptor.
type conn struct {
	fd      int32 // 0: closed
	serial  int32 // tells events of it from those of one that had the descriptor before
	kind    kind
	open    bool // TCP is
	shaken  bool // a WebSocket is
	writing bool // watched for being writable
	owner   *client
	in, out []byte // what is not whole yet, what is not written yet
}

var errEnded = errors.New("connection closed by the server")

// connect begins a connection for c, which is closed.
func (t *thread) connect(c *conn, k kind, owner *client) error {
	to := t.fleet.o.Target
	if k == trigger {
		to = t.publisher.o.Address
	}
	fd, err := dial(t.fleet.source(owner, to), to)
	if err != nil {
		return err
	}
	t.serial++
	*c = conn{fd: int32(fd), serial: t.serial, kind: k, owner: owner, writing: true}
	if err := t.poller.add(fd, c.serial, unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLOUT); err != nil {
		unix.Close(fd)
		c.fd = 0
		return err
	}
	for fd >= len(t.conns) {
		t.conns = append(t.conns, nil)
	}
	t.conns[fd] = c
	return nil
}

// hangUp closes a connection, if it is open.
func (t *thread) hangUp(c *conn) {
	if c.fd == 0 {
		return
	}
	t.conns[c.fd] = nil
	delete(t.fragments, c)
	unix.Close(int(c.fd))
	*c = conn{kind: c.kind, owner: c.owner}
}

// event is what epoll says of a connection.
func (t *thread) event(c *conn, events uint32) {
	serial := c.serial
	if events&unix.EPOLLOUT != 0 && c.writing {
		if err := t.writable(c); err != nil {
			t.broken(c, err)
			return
		}
	}
	if c.serial == serial && c.fd != 0 && events&^unix.EPOLLOUT != 0 {
		t.readable(c)
	}
}

// writable goes on with what could not be written before.
func (t *thread) writable(c *conn) error {
	if !c.open {
		if code, err := unix.GetsockoptInt(int(c.fd), unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
			return errors.Join(err, fmt.Errorf("connect: %w", unix.Errno(code)))
		}
		c.open = true
		t.begin(c)
	}
	if c.fd == 0 || len(c.out) > 0 && t.flush(c) != nil {
		return nil // it has been dealt with
	}
	if c.fd != 0 && len(c.out) == 0 && c.writing {
		c.writing = false
		return t.poller.change(int(c.fd), c.serial, unix.EPOLLIN|unix.EPOLLRDHUP)
	}
	return nil
}

// write sends b, or keeps what does not fit. A connection that breaks is dealt
// with in its own time: its end is an event too.
func (t *thread) write(c *conn, b []byte) {
	if c.fd == 0 {
		return
	}
	t.meter.BytesOut += int64(len(b))
	if len(c.out) > 0 || !c.open {
		c.out = append(c.out, b...)
		return
	}
	n, err := unix.Write(int(c.fd), b)
	if n = max(n, 0); n == len(b) || err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
		return
	}
	c.out = append(t.buffer(), b[n:]...)
	c.writing = true
	_ = t.poller.change(int(c.fd), c.serial, unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLOUT)
}

func (t *thread) flush(c *conn) error {
	n, err := unix.Write(int(c.fd), c.out)
	if err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
		t.broken(c, fmt.Errorf("write: %w", err))
		return err
	}
	c.out = append(c.out[:0], c.out[max(n, 0):]...)
	if len(c.out) == 0 {
		t.release(c.out)
		c.out = nil
	}
	return nil
}

// readable takes what has come.
func (t *thread) readable(c *conn) {
	n, err := unix.Read(int(c.fd), t.read)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return
	}
	if err != nil {
		t.broken(c, fmt.Errorf("read: %w", err))
		return
	}
	if n <= 0 {
		t.broken(c, errEnded)
		return
	}
	t.now = clock()
	t.take(c, t.read[:n])
}

// take handles bytes of the server, and keeps what is not whole.
func (t *thread) take(c *conn, b []byte) {
	t.meter.BytesIn += int64(len(b))
	if c.owner != nil {
		c.owner.heard = t.now
	}
	serial := c.serial
	held := c.in
	if len(held) > 0 {
		held = append(held, b...)
		b = held
	}
	n, err := t.consume(c, b)
	if c.fd == 0 || c.serial != serial {
		t.release(held)
		return
	}
	if err != nil {
		t.release(held)
		c.in = nil
		t.broken(c, err)
		return
	}
	switch rest := b[n:]; {
	case len(rest) == 0:
		t.release(held)
		c.in = nil
	case len(held) > 0:
		c.in = append(held[:0], rest...)
	default:
		c.in = append(t.buffer(), rest...)
	}
}

// buffer and release recycle the few buffers that connections need for a moment.
func (t *thread) buffer() []byte {
	if n := len(t.spare); n > 0 {
		b := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return b
	}
	return make([]byte, 0, 2048)
}

func (t *thread) release(b []byte) {
	if cap(b) > 0 && cap(b) <= 256<<10 && len(t.spare) < 256 {
		t.spare = append(t.spare, b[:0])
	}
}
