package lean

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

var errEnded = errors.New("connection closed by the server")

// user is what a connection is for.
type user interface {
	opened()
	// data returns how many bytes it has taken; the rest comes again with more.
	data(b []byte) (int, error)
	ended(err error)
}

// conn is one connection. Its loop owns the descriptor.
type conn struct {
	loop    *Loop
	user    user
	fd      int
	serial  int32
	open    bool
	watched uint32
	in, out []byte // what is not whole yet, what is not written yet
}

// dial begins a connection from an address. receive is the size of the kernel's
// buffer, or 0 for what the system chooses.
func (l *Loop) dial(from netip.Addr, to netip.AddrPort, receive int, u user) (*conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err := connect(fd, from, to, receive); err != nil {
		unix.Close(fd)
		return nil, err
	}
	l.serial++
	c := &conn{loop: l, user: u, fd: fd, serial: l.serial}
	for len(l.conns) <= fd {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = c
	c.watched = unix.EPOLLOUT
	return c, c.control(unix.EPOLL_CTL_ADD)
}

func connect(fd int, from netip.Addr, to netip.AddrPort, receive int) error {
	options := []struct{ level, name, value int }{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1}, // else an address is good for 28,000 in all
	}
	if receive > 0 {
		options = append(options, struct{ level, name, value int }{unix.SOL_SOCKET, unix.SO_RCVBUF, receive})
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return fmt.Errorf("socket option: %w", err)
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: from.As4()}); err != nil {
		return fmt.Errorf("source %s: %w", from, err)
	}
	err := unix.Connect(fd, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return fmt.Errorf("connect: %w", err)
	}
	return nil
}

func (c *conn) control(op int) error {
	if err := unix.EpollCtl(c.loop.ep, op, c.fd, &unix.EpollEvent{Events: c.watched, Fd: int32(c.fd), Pad: c.serial}); err != nil {
		return fmt.Errorf("epoll control: %w", err)
	}
	return nil
}

func (c *conn) watch(events uint32) {
	if events == c.watched {
		return
	}
	c.watched = events
	if err := c.control(unix.EPOLL_CTL_MOD); err != nil {
		c.end(err)
	}
}

func (c *conn) handle(events uint32) {
	if !c.open {
		code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil || code != 0 {
			c.end(errors.Join(err, unix.Errno(code)))
			return
		}
		c.open = true
		c.watch(unix.EPOLLIN)
		c.user.opened()
		return
	}
	if events&unix.EPOLLOUT != 0 {
		c.write(nil)
	}
	if events&^unix.EPOLLOUT != 0 && c.fd >= 0 {
		c.read()
	}
}

func (c *conn) read() {
	n, err := unix.Read(c.fd, c.loop.buf)
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return
	case err != nil:
		c.end(err)
		return
	case n == 0:
		c.end(errEnded)
		return
	}
	b := c.loop.buf[:n]
	if len(c.in) > 0 {
		b = append(c.in, b...)
	}
	taken, err := c.user.data(b)
	if c.fd < 0 {
		return
	}
	if err != nil {
		c.end(err)
		return
	}
	if c.in = nil; taken < len(b) {
		c.in = append(make([]byte, 0, 2*(len(b)-taken)), b[taken:]...)
	}
}

// write sends b, now or when the kernel takes it.
func (c *conn) write(b []byte) {
	if c.fd < 0 {
		return
	}
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		b = c.out
	}
	n, err := unix.Write(c.fd, b)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		c.end(err)
		return
	}
	if b = b[max(n, 0):]; len(b) == 0 {
		c.out = nil
		c.watch(c.watched &^ unix.EPOLLOUT)
		return
	}
	c.out = append([]byte(nil), b...)
	c.watch(c.watched | unix.EPOLLOUT)
}

// stopReading leaves what comes in the kernel.
func (c *conn) stopReading() { c.watch(0) }

func (c *conn) readAgain() {
	if c.fd >= 0 {
		c.watch(unix.EPOLLIN)
	}
}

func (c *conn) end(err error) {
	if c.fd >= 0 {
		c.hangUp()
		c.user.ended(err)
	}
}

// hangUp closes; the user hears nothing more.
func (c *conn) hangUp() {
	if c.fd >= 0 {
		c.loop.conns[c.fd] = nil
		unix.Close(c.fd)
		c.fd = -1
	}
}
