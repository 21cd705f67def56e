package engineio

import (
	"net"
	"syscall"

	"github.com/ioserver/ioserver/rawio"
)

// descriptorConn is a net.Conn on a descriptor, behind bytes that were read
// from it before.
type descriptorConn struct {
	*rawio.Conn
	unread []byte
}

// newConn takes a non-blocking descriptor.
func newConn(fd int, unread []byte, local, remote net.Addr) *descriptorConn {
	return &descriptorConn{Conn: rawio.NewConn(fd, local, remote), unread: unread}
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
