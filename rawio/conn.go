package rawio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Conn is a net.Conn on a stream socket. Unlike net.FileConn it needs no second descriptor and asks the system for no address.
type Conn struct {
	file          *os.File
	raw           syscall.RawConn
	local, remote net.Addr
	in, out       direction
}

// direction is one call at a time: the closure that the poller runs is made once.
type direction struct {
	mu   sync.Mutex
	b    []byte
	n    int
	err  error
	once func(fd uintptr) bool
}

// NewConn takes a valid non-blocking descriptor, which it owns.
func NewConn(fd int, local, remote net.Addr) *Conn {
	c := &Conn{file: os.NewFile(uintptr(fd), "connection"), local: local, remote: remote}
	c.raw, _ = c.file.SyscallConn() // fails only without a file
	c.in.once, c.out.once = c.read, c.write
	return c
}

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	return c.in.run(c.raw.Read, b, "read")
}

// read is one attempt; false: wait.
func (c *Conn) read(fd uintptr) bool {
	d := &c.in
	d.n, d.err = Read(int(fd), d.b)
	if d.n == 0 && d.err == nil {
		d.err = io.EOF
	}
	return d.err != syscall.EAGAIN
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) { return c.out.run(c.raw.Write, b, "write") }

// write is an attempt to write all; false: wait.
func (c *Conn) write(fd uintptr) bool {
	d := &c.out
	for d.n < len(d.b) {
		n, err := Write(int(fd), d.b[d.n:])
		if d.n += n; err != nil {
			d.err = err
			return err != syscall.EAGAIN
		}
	}
	d.err = nil
	return true
}

// run has the poller make the attempts.
func (d *direction) run(poll func(func(uintptr) bool) error, b []byte, name string) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.b, d.n, d.err = b, 0, nil
	err := poll(d.once)
	d.b = nil
	switch {
	case err == nil && (d.err == nil || d.err == io.EOF):
		return d.n, d.err
	case err == nil:
		err = os.NewSyscallError(name, d.err)
	case !errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("%w: %w", net.ErrClosed, err) // the poller has its own
	}
	return d.n, &net.OpError{Op: name, Net: "descriptor", Err: err}
}

// CloseWrite ends the sending direction.
func (c *Conn) CloseWrite() error {
	var err error
	cerr := c.raw.Control(func(fd uintptr) { err = shutdownWrite(int(fd)) })
	return errors.Join(cerr, os.NewSyscallError("shutdown", err))
}

// Close implements net.Conn.
func (c *Conn) Close() error { return c.file.Close() }

// SyscallConn implements syscall.Conn.
func (c *Conn) SyscallConn() (syscall.RawConn, error) { return c.raw, nil }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.file.SetDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.file.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.file.SetWriteDeadline(t) }

// LocalAddr is as given.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is as given.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

var (
	_ net.Conn     = (*Conn)(nil)
	_ syscall.Conn = (*Conn)(nil)
)
