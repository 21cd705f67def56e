package loop

import "time"

// lingerer stands in for the handler after CloseAfterFlush.
type lingerer struct {
	conn      *Conn
	timer     Timer
	discarded int
}

// lingerInput is how many bytes a closing connection may still send before it is cut off.
const lingerInput = 1 << 20

// CloseAfterFlush closes in an orderly way: what is queued is written, the sending direction is shut down, input is discarded until
// the peer ends too, and the descriptor is closed; at the latest at the time by, or after 1 MiB of discarded input. (Closing
// with unread input would reset the connection, and the peer might lose what was written last.) The handler hears nothing more.
func (c *Conn) CloseAfterFlush(by time.Time) {
	if c.fd < 0 || c.flags&flagClosing != 0 {
		return
	}
	lg := &lingerer{conn: c}
	c.handler = lg
	c.flags |= flagClosing
	c.flags &^= flagPaused
	c.loop.Arm(&lg.timer, by, lg)
	c.register()
	if c.queued == 0 {
		c.finish()
	}
}

// finish ends the sending direction of a closing connection, whose queue is empty.
func (c *Conn) finish() {
	if c.flags&flagEOF != 0 || shutdownWrite(int(c.fd)) != nil {
		c.Close()
	}
}

func (lg *lingerer) Data(c *Conn, b []byte) {
	if lg.discarded += len(b); lg.discarded > lingerInput {
		c.Close()
	}
}

func (lg *lingerer) Closed(*Conn, error) {}

func (lg *lingerer) Writable(*Conn) {}

func (lg *lingerer) Expire(*Timer) { lg.conn.Close() }
