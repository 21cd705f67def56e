package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Run serves until ctx ends, then closes all connections and returns nil. ready
// is called once, with the URL (without credentials), when clients can connect.
func Run(ctx context.Context, c Config, ready func(url string)) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	s, err := start(c, c.Port)
	var peering *peeringError
	if err != nil && c.Port != 0 && !errors.As(err, &peering) {
		c.Logger.Warn("preferred port is not free, taking another", "port", c.Port, "error", err)
		s, err = start(c, 0)
	}
	if err != nil {
		return err
	}
	defer s.stop()
	if s.joiner != nil {
		var joining sync.WaitGroup
		defer joining.Wait()
		joined, leave := context.WithCancel(ctx)
		defer leave()
		joining.Go(func() { s.joiner.run(joined) })
	}
	ready("nats://" + s.Addr().String())
	<-ctx.Done()
	return nil
}

// running is a server that accepts connections.
type running struct {
	*server.Server
	joiner *joiner // nil: of no other servers
}

// peeringError is one of the listener for other servers.
type peeringError struct{ problem string }

func (e *peeringError) Error() string { return "embedded: nats server: " + e.problem }

func start(c Config, port int) (*running, error) {
	o := c.options(port)
	log, still := newLogger(c.Logger), new(quiet)
	if c.Peering != nil {
		log.secret, log.words, log.quiet = c.Peering.Secret, make(chan word, maxWords), still
		c.route(o, &gate{routeUser(c.Cluster), c.Peering.Secret, c.Logger, still, c.Stats, log.tell})
	}
	nats, err := server.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("embedded: nats server: %w", err)
	}
	s := &running{Server: nats}
	s.SetLoggerV2(log, c.Logger.Enabled(context.Background(), slog.LevelDebug), false, false)
	s.Start() // returns when it accepts clients, or has told the logger why not
	if s.Addr() == nil {
		s.stop()
		return nil, fmt.Errorf("embedded: nats server: %s", log.fatal())
	}
	if host, _, err := net.SplitHostPort(s.Addr().String()); err != nil || !net.ParseIP(host).IsLoopback() {
		s.stop()
		return nil, fmt.Errorf("embedded: nats server listens on %s, not on loopback", s.Addr())
	}
	if c.Peering == nil {
		return s, nil
	}
	if err := s.listens(log); err != nil {
		s.stop()
		return nil, err
	}
	s.joiner = newJoiner(c, nats, o, log.words, still)
	c.Logger.Info("servers of other machines may join", "address", s.ClusterAddr().String(), "tls", c.Peering.Identity != nil)
	return s, nil
}

// listens waits until other servers can connect, of which the server tells only
// who looks.
func (s *running) listens(log *logger) error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.After(listenTimeout)
	for s.ClusterAddr() == nil {
		select {
		case <-look.C:
		case <-log.failed:
			return &peeringError{log.fatal()}
		case <-late:
			return &peeringError{"does not listen for others"}
		}
	}
	return nil
}

func (s *running) stop() {
	s.Shutdown()
	s.WaitForShutdown()
}
