package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net"

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
	if err != nil && c.Port != 0 {
		c.Logger.Warn("preferred port is not free, taking another", "port", c.Port, "error", err)
		s, err = start(c, 0)
	}
	if err != nil {
		return err
	}
	defer stop(s)
	ready("nats://" + s.Addr().String())
	<-ctx.Done()
	return nil
}

// start returns a server that accepts connections.
func start(c Config, port int) (*server.Server, error) {
	s, err := server.NewServer(c.options(port))
	if err != nil {
		return nil, fmt.Errorf("embedded: nats server: %w", err)
	}
	log := &logger{l: c.Logger}
	s.SetLoggerV2(log, c.Logger.Enabled(context.Background(), slog.LevelDebug), false, false)
	s.Start() // returns when it accepts, or has told the logger why not
	if s.Addr() == nil {
		stop(s)
		return nil, fmt.Errorf("embedded: nats server: %s", log.fatal())
	}
	if host, _, err := net.SplitHostPort(s.Addr().String()); err != nil || !net.ParseIP(host).IsLoopback() {
		stop(s)
		return nil, fmt.Errorf("embedded: nats server listens on %s, not on loopback", s.Addr())
	}
	return s, nil
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}
