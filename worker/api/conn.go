package api

import (
	"io"
	"net"
	"time"

	"github.com/ioserver/ioserver/rawio"
)

// conn is a client's connection.
type conn struct {
	*rawio.Conn
	linger   bool          // unread input is left: see Close
	patience time.Duration // of Close with that
	stream   time.Duration // for each piece of an answer that goes on; 0: it does not
}

// Write writes within the time that fasthttp has set for the whole answer, or
// within one of its own where that goes on.
func (c *conn) Write(b []byte) (int, error) {
	if c.stream > 0 {
		if err := c.SetWriteDeadline(time.Now().Add(c.stream)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(b)
}

func newConn(fd int, local, remote net.Addr, patience time.Duration) *conn {
	return &conn{Conn: rawio.NewConn(fd, local, remote), patience: patience}
}

// Close ends the connection. A system resets one that is closed with input
// unread, and the client might then never see why its request was refused. So
// that input is thrown away for a while.
func (c *conn) Close() error {
	if c.linger && c.CloseWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(c.patience))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	return c.Conn.Close()
}
