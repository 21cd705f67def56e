package engineio

import (
	"io"
	"net"
	"time"
)

// frontConn is a connection that fasthttp reads.
type frontConn struct {
	net.Conn
	linger bool // unread input is left: see Close
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
