package engineio

import (
	"io"
	"net"
	"time"
)

// frontConn is a connection that fasthttp reads.
type frontConn struct {
	net.Conn
	linger bool          // unread input is left: see Close
	idle   time.Duration // for a connection that has been served before
	stayed func()        // where the loop is to have it: for when it does not come
}

// SetReadDeadline gives a connection that comes back from the loop the time of
// one between requests. fasthttp takes it for new, and would have it speak at
// once.
func (c *frontConn) SetReadDeadline(t time.Time) error {
	if c.idle > 0 {
		t, c.idle = time.Now().Add(c.idle), 0
	}
	return c.Conn.SetReadDeadline(t)
}

// UnsafeConn is the connection itself.
func (c *frontConn) UnsafeConn() net.Conn { return c.Conn }

// Close ends the connection. A system resets a connection that is closed with
// input unread, and the client might then never see the answer which tells it
// that its request was too large. So that input is thrown away for a while.
func (c *frontConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.linger && half.CloseWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(lingerDeadline))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	return c.Conn.Close()
}
