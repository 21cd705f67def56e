package engineio

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ioserver/ioserver/protocol/proxy"
	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/loop"
)

// maxHeartbeats is how many different pairs of PingInterval and PingTimeout a
// server may have had: a session remembers its own in one byte.
const maxHeartbeats = math.MaxUint8 + 1

// Changes are what may change while a server runs; see [Server.Reconfigure].
// What is nil or zero stays as it is.
type Changes struct {
	CORS              *CORS
	TrustedProxies    []string // empty, but not nil: none any more
	MaxHTTPBufferSize int
	// PollingPerAddress: 0 is any number. Sessions that are there stay.
	PollingPerAddress *int
	UpgradeTimeout    time.Duration
	// PingInterval and PingTimeout are those of sessions that open from now on:
	// a client is told them when it opens one.
	PingInterval, PingTimeout time.Duration
}

// settings are the options that can change while the server runs. They are
// replaced as a whole, so that any goroutine reads them without a lock.
type settings struct {
	cors           CORS
	trusted        *proxy.Networks
	maxMessage     int // MaxHTTPBufferSize
	limits         ws.Limits
	maxQueue       int // MaxQueueBytes
	polling        int // PollingPerAddress
	upgradeTimeout time.Duration
	heartbeats     []heartbeat // all that there have been
	heartbeat      uint8       // that of new sessions
}

// heartbeat is PingInterval and PingTimeout.
type heartbeat struct{ interval, timeout time.Duration }

// newSettings takes them from complete options.
func newSettings(o *Options) *settings {
	c := &settings{
		cors:           o.CORS.clone(),
		polling:        o.PollingPerAddress,
		upgradeTimeout: o.UpgradeTimeout,
		heartbeats:     []heartbeat{{o.PingInterval, o.PingTimeout}},
	}
	c.trusted, _ = proxy.ParseNetworks(o.TrustedProxies) // complete has looked at the error
	c.setMaxMessage(o.MaxHTTPBufferSize, o.MaxQueueBytes)
	return c
}

// setMaxMessage sets what follows from the largest message. A queue of 0 is
// the default.
func (c *settings) setMaxMessage(size, queue int) {
	c.maxMessage = size
	c.limits = ws.Limits{MaxMessage: size, MaxFragments: max(fragmentsPerMessage, size/fragmentBytes)}
	c.maxQueue = orDefault(queue, max(4*size, 4<<20))
}

// setHeartbeat makes h that of new sessions.
func (c *settings) setHeartbeat(h heartbeat) error {
	i := slices.Index(c.heartbeats, h)
	if i < 0 {
		i = len(c.heartbeats)
		if i == maxHeartbeats {
			return fmt.Errorf("more than %d different ping intervals and timeouts since the start", maxHeartbeats)
		}
		// Others may be reading the old one.
		c.heartbeats = append(slices.Clip(c.heartbeats), h)
	}
	c.heartbeat = uint8(i)
	return nil
}

// Reconfigure changes settings while the server serves, all of them or, with an
// error, none. It holds for requests, messages and upgrades that begin from now
// on, also those of sessions that are open, but for the heartbeat. Clients that
// were told a larger MaxHTTPBufferSize when they connected do not hear of a
// smaller one. Any goroutine.
func (s *Server) Reconfigure(c Changes) error {
	if c.MaxHTTPBufferSize < 0 || c.UpgradeTimeout < 0 || c.PingInterval < 0 || c.PingTimeout < 0 || c.PollingPerAddress != nil && *c.PollingPerAddress < 0 {
		return errors.New("reconfigure engine.io: a negative interval, size or number")
	}
	s.reconfigure.Lock()
	defer s.reconfigure.Unlock()
	next := *s.settings.Load()
	if c.CORS != nil {
		next.cors = c.CORS.clone()
	}
	if c.TrustedProxies != nil {
		trusted, err := proxy.ParseNetworks(c.TrustedProxies)
		if err != nil {
			return fmt.Errorf("reconfigure engine.io: %w", err)
		}
		next.trusted = trusted
	}
	if c.MaxHTTPBufferSize > 0 {
		next.setMaxMessage(c.MaxHTTPBufferSize, s.options.MaxQueueBytes)
	}
	if c.PollingPerAddress != nil {
		next.polling = *c.PollingPerAddress
	}
	next.upgradeTimeout = orDefault(c.UpgradeTimeout, next.upgradeTimeout)
	beat := next.heartbeats[next.heartbeat]
	beat = heartbeat{orDefault(c.PingInterval, beat.interval), orDefault(c.PingTimeout, beat.timeout)}
	if err := next.setHeartbeat(beat); err != nil {
		return fmt.Errorf("reconfigure engine.io: %w", err)
	}
	s.settings.Store(&next)
	s.loop.Post(loop.Func(s.recount))
	return nil
}
