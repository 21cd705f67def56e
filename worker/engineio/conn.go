package engineio

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// descriptorConn is a net.Conn on a descriptor, behind bytes that were read
// from it before. Unlike net.FileConn it needs no second descriptor and asks
// the system for no address.
type descriptorConn struct {
	*os.File
	unread []byte
	local  net.Addr
	remote net.Addr
}

// newConn takes a non-blocking descriptor.
func newConn(fd int, unread []byte, local, remote net.Addr) *descriptorConn {
	return &descriptorConn{File: os.NewFile(uintptr(fd), "connection"), unread: unread, local: local, remote: remote}
}

// Read returns the earlier bytes first.
func (c *descriptorConn) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.File.Read(b)
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	if len(c.unread) == 0 {
		c.unread = nil
	}
	return n, nil
}

// CloseWrite ends the sending direction.
func (c *descriptorConn) CloseWrite() error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) { err = shutdownWrite(int(fd)) })
	return errors.Join(cerr, err)
}

// LocalAddr is the listener's.
func (c *descriptorConn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the client's.
func (c *descriptorConn) RemoteAddr() net.Addr { return c.remote }

var (
	_ net.Conn     = (*descriptorConn)(nil)
	_ syscall.Conn = (*descriptorConn)(nil)
)
