package broker

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ioserver/ioserver/rawio"
)

// errLater is what Dial answers while ConnectNATS is still within nats.Connect.
var errLater = errors.New("broker: dial in the background")

// link is one connection to a server, between nats.go and the socket. It does
// two things that nats.go does not: a Write never blocks (what the socket does
// not take waits in a backlog, which Publish bounds), and a Read waits while too
// much is queued for the handlers.
type link struct {
	net.Conn
	b     *NATS
	raw   syscall.RawConn // nil: not a socket
	ready atomic.Bool     // usable: past the handshake and not closed
	heard atomic.Bool     // something was received
	dead  chan struct{}   // closed by Close
	once  sync.Once

	server atomic.Pointer[string] // its id

	mu       sync.Mutex
	backlog  []byte
	draining bool
	err      error
	out      atomic.Int64 // bytes in the backlog or being written
	overflow atomic.Bool  // Publish was refused for it
}

// Dial implements nats.CustomDialer. By now the reader of the former connection
// has ended, so a mark put into the channel here separates their messages.
func (b *NATS) Dial(network, address string) (net.Conn, error) {
	if !b.background.Load() {
		return nil, errLater
	}
	if old := b.link.Load(); old != nil {
		old.shut()
		b.markGap(old)
	}
	d := net.Dialer{Timeout: b.o.DialTimeout}
	conn, err := d.Dial(network, address)
	if err != nil {
		return nil, err
	}
	l := &link{Conn: conn, b: b, dead: make(chan struct{})}
	if s, ok := conn.(syscall.Conn); ok {
		l.raw, _ = s.SyscallConn()
	}
	b.generation.Add(1)
	b.link.Store(l)
	return l, nil
}

// Read waits until there is room for what it may bring.
func (l *link) Read(p []byte) (int, error) {
	if l.ready.Load() && !l.b.intake.wait(l.b, l.dead) {
		return 0, net.ErrClosed
	}
	n, err := l.receive(p)
	l.heard.Store(true)
	l.b.intake.read.Add(int64(n))
	return n, err
}

// receive reads what is there, or waits for it.
func (l *link) receive(p []byte) (n int, err error) {
	if l.raw == nil || len(p) == 0 {
		return l.Conn.Read(p)
	}
	var rerr error
	err = l.raw.Read(func(fd uintptr) bool {
		n, rerr = rawio.Read(int(fd), p)
		return rerr != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, err
	case rerr == nil && n == 0:
		return 0, io.EOF
	}
	return n, os.NewSyscallError("read", rerr)
}

// Write takes all of p or fails, and does not wait for the server.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	rest := p
	if !l.draining && len(l.backlog) == 0 {
		n, err := l.try(p)
		if err != nil {
			return n, err
		}
		rest = p[n:]
	}
	if len(rest) == 0 {
		return len(p), nil
	}
	l.backlog = append(l.backlog, rest...)
	l.out.Add(int64(len(rest)))
	if !l.draining {
		l.draining = true
		l.b.wg.Go(l.drain)
	}
	return len(p), nil
}

// try writes what the socket takes at once.
func (l *link) try(p []byte) (n int, err error) {
	if l.raw == nil {
		return l.Conn.Write(p)
	}
	var werr error
	err = l.raw.Write(func(fd uintptr) bool {
		n, werr = rawio.Write(int(fd), p)
		return true
	})
	if err == nil && werr != syscall.EAGAIN {
		err = werr
	}
	return n, err
}

// drain writes the backlog, then ends.
func (l *link) drain() {
	for {
		l.mu.Lock()
		p := l.backlog
		l.backlog = nil
		if len(p) == 0 || l.err != nil {
			l.draining = false
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		_, err := l.Conn.Write(p)
		left := l.out.Add(-int64(len(p)))
		if err != nil {
			l.mu.Lock()
			l.err = err
			l.mu.Unlock()
			l.Conn.Close() // nats.go's reader notices
			continue
		}
		if left <= int64(l.b.o.OutgoingBytes/2) && l.overflow.CompareAndSwap(true, false) {
			l.b.onDrained(l)
		}
	}
}

func (l *link) outgoing() int { return int(l.out.Load()) }

// room reports whether n more bytes may be published; an empty backlog has room
// for one message of any size.
func (l *link) room(n int) bool {
	out := l.outgoing()
	if out == 0 || out+n <= l.b.o.OutgoingBytes {
		return true
	}
	l.overflow.Store(true)
	// drain may have finished between the two lines above.
	if l.outgoing() == 0 {
		l.overflow.Store(false)
		return true
	}
	return false
}

// shut makes Publish and Read see that the link is over.
func (l *link) shut() {
	l.once.Do(func() {
		close(l.dead)
		l.b.setOver(l)
	})
}

// Close implements net.Conn.
func (l *link) Close() error {
	l.shut()
	l.mu.Lock()
	if l.err == nil {
		l.err = net.ErrClosed
	}
	l.mu.Unlock()
	return l.Conn.Close()
}

// SetDeadline implements net.Conn: writes have none, pings watch over them.
func (l *link) SetDeadline(t time.Time) error { return l.Conn.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn, see SetDeadline.
func (l *link) SetWriteDeadline(time.Time) error { return nil }
