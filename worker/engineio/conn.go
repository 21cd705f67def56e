package engineio

import (
	"net"
	"sync/atomic"
	"syscall"

	"github.com/ioserver/ioserver/rawio"
)

// descriptorConn is a net.Conn on a descriptor, behind bytes that were read
// from it before.
type descriptorConn struct {
	*rawio.Conn
	unread []byte
	watch  *Watch // nil: nobody wants to know
	fd     int
	left   atomic.Bool // closed, or moved
}

// Watch hears where the descriptors of connections go that a [Front] serves. Its functions are called from any goroutine, before the
// number can be another connection's; both are set.
type Watch struct {
	Moved   func(from, to int) // the connection goes on with another descriptor
	Closing func(fd int)
}

// newConn takes a non-blocking descriptor.
func (f *Front) newConn(fd int, unread []byte, local, remote net.Addr) *descriptorConn {
	return &descriptorConn{Conn: rawio.NewConn(fd, local, remote), unread: unread, watch: f.watch, fd: fd}
}

// Close implements net.Conn.
func (c *descriptorConn) Close() error {
	if c.watch != nil && c.left.CompareAndSwap(false, true) {
		c.watch.Closing(c.fd)
	}
	return c.Conn.Close()
}

// moved notes that the connection goes on with another descriptor.
func (c *descriptorConn) moved(to int) {
	if c.watch != nil && c.left.CompareAndSwap(false, true) {
		c.watch.Moved(c.fd, to)
	}
}

// closeDescriptor closes one that is in no connection.
func (f *Front) closeDescriptor(fd int) {
	if f != nil && f.watch != nil && fd >= 0 {
		f.watch.Closing(fd)
	}
	closeDescriptor(fd)
}

// Read returns the earlier bytes first.
func (c *descriptorConn) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.unread)
	c.unread = c.unread[n:]
	if len(c.unread) == 0 {
		c.unread = nil
	}
	return n, nil
}

var _ syscall.Conn = (*descriptorConn)(nil)
