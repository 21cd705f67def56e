package socketio

import (
	"fmt"
	"time"
)

// Changes are what [Server.Reconfigure] changes. The zero value of a field
// leaves its option as it is.
type Changes struct {
	// ConnectTimeout is [Options.ConnectTimeout].
	ConnectTimeout time.Duration
	// EventsPerSecond is [Limits.EventsPerSecond], of all clients. 0 is any
	// number.
	EventsPerSecond *int
}

// Reconfigure changes options while the server runs, ConnectTimeout for clients
// that come from then on. On an error nothing has changed. The Engine.IO server's options are
// changed on [Server.Engine].
func (s *Server) Reconfigure(c Changes) error {
	switch {
	case c.ConnectTimeout < 0:
		return fmt.Errorf("reconfigure: option ConnectTimeout is negative")
	case c.EventsPerSecond != nil && *c.EventsPerSecond < 0:
		return fmt.Errorf("reconfigure: limit EventsPerSecond is negative")
	}
	if n := c.EventsPerSecond; n != nil {
		s.eventsPerSecond.Store(int64(*n))
	}
	if c.ConnectTimeout > 0 {
		s.connectTimeout.Store(int64(c.ConnectTimeout))
	}
	return nil
}
