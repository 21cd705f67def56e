package socketio

import (
	"log/slog"

	"github.com/ioserver/ioserver/protocol/sid"
)

// What this package logs has constant messages, so that repetitions can be told
// as such; the rest is in attributes, see the package's documentation.

// origin says which other worker a line is about; slot by itself is this one's.
func origin(h sid.Home) slog.Attr {
	return slog.Group("origin", "node", h.Node, "slot", h.Slot)
}

// who says which client a line is about. A group without a name is no group:
// its attributes stand in the line itself.
func (c *client) who() slog.Attr {
	address := "" // on a Unix socket
	if r := c.session.Request().Remote; r != nil {
		address = r.String()
	}
	return slog.Group("", "sid", c.session.ID(), "address", address)
}
