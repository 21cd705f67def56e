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
}

// Reconfigure changes options while the server runs, for clients that come from
// then on. On an error nothing has changed. The Engine.IO server's options are
// changed on [Server.Engine].
func (s *Server) Reconfigure(c Changes) error {
	if c.ConnectTimeout < 0 {
		return fmt.Errorf("reconfigure: option ConnectTimeout is negative")
	}
	if c.ConnectTimeout > 0 {
		s.connectTimeout.Store(int64(c.ConnectTimeout))
	}
	return nil
}
