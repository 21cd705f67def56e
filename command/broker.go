package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// brokerConfig is the broker's part of the configuration.
type brokerConfig struct {
	logging.Config
	Cluster string
	Peering *embedded.Peering `json:",omitempty"` // nil: of this machine alone

	Credentials string `json:",omitempty"` // the file for applications; "": none is written
}

// brokerProcessors is one, unless there are plenty: handing a message from its
// reader's to its writer's processor costs more than the message.
func brokerProcessors(cpus int) int { return min(max(1, cpus/4), 2) }

// runBroker is the role of the embedded NATS server. Like a worker, it does not
// outlive the master.
func runBroker(control *fdpass.Control, hello fdpass.Hello, log *logging.Log) error {
	runtime.GOMAXPROCS(brokerProcessors(runtime.NumCPU()))
	logger := log.Logger().With("role", "broker")
	var config brokerConfig
	if err := json.Unmarshal(hello.Config, &config); err != nil {
		return fmt.Errorf("broker: configuration: %w", err)
	}
	board, err := scoreboard.Open(control.Scoreboard(), hello.Slots)
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	identity, err := config.identity()
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	former := readCredentials(config.Credentials)
	application, port := former.credential(), formerPort(hello.Bus.URLs)
	if port == 0 {
		port = formerPort([]string{former.URL})
	}
	if identity != nil && identity.Fault() != nil { // it was valid at the start of the master
		logger.Error("other machines refuse our certificate: renew it in its file, and reload", "error", identity.Fault())
	}
	stats := new(embedded.Stats)
	ctx, cancel := context.WithCancel(context.Background())
	var measuring sync.WaitGroup
	defer measuring.Wait()
	defer cancel()
	measuring.Go(func() { _ = measure(ctx, board, stats) })
	go obey(control, log, identity, cancel)
	return embedded.Run(ctx, embedded.Config{
		Cluster:     config.Cluster,
		Port:        port,
		Internal:    embedded.Credential{User: hello.Bus.User, Secret: hello.Bus.Password},
		Application: application,
		Peering:     config.Peering,
		Logger:      logger,
		Stats:       stats,
	}, func(url string) {
		if err := writeCredentials(config.Credentials, config.Cluster, url, application); err != nil {
			logger.Error("applications cannot connect: their credentials are not written", "error", err)
		}
		if err := control.Send(fdpass.Ready{Addr: url}); err != nil {
			logger.Error("tell the master", "error", err)
		}
	})
}

// identity is what the server shows others over TLS, nil where there is none of
// it. It stays in force through reloads.
func (c *brokerConfig) identity() (*embedded.Identity, error) {
	if c.Peering == nil || c.Peering.TLS == nil {
		return nil, nil
	}
	identity, err := embedded.OpenIdentity(*c.Peering.TLS)
	c.Peering.Identity = identity
	return identity, err
}

// obey does what the master says, until it says stop, or dies.
func obey(control *fdpass.Control, log *logging.Log, identity *embedded.Identity, stop func()) {
	logger := log.Logger().With("role", "broker")
	for {
		m, err := control.Receive()
		var bad *fdpass.BadMessage
		switch {
		case errors.As(err, &bad):
			logger.Error("control channel", "error", err)
		case errors.Is(err, io.EOF):
			logger.Error("the master is gone")
			_ = log.Close() // os.Exit runs nothing that is deferred
			os.Exit(exitFailed)
		case err != nil:
			logger.Error("control channel", "error", err)
			_ = log.Close()
			os.Exit(exitFailed)
		}
		switch m := m.(type) {
		case fdpass.Stop:
			stop()
			return
		case fdpass.Reload:
			reconfigure(m.Config, log, logger, identity)
		}
	}
}

// reconfigure takes what can change while the broker runs: the level of the log,
// and certificates.
func reconfigure(raw json.RawMessage, log *logging.Log, logger *slog.Logger, identity *embedded.Identity) {
	var config brokerConfig
	if err := json.Unmarshal(raw, &config); err != nil {
		logger.Error("configuration not reloaded", "error", err)
		return
	}
	log.SetLevel(config.Level)
	if identity != nil && config.Peering != nil && config.Peering.TLS != nil {
		if err := identity.Renew(*config.Peering.TLS); err != nil {
			logger.Error("certificates not reloaded", "error", err)
			return
		}
	}
	logger.Debug("configuration reloaded")
}

// formerPort is the port that the server's predecessor had, or 0.
func formerPort(urls []string) int {
	if len(urls) == 0 {
		return 0
	}
	port, err := strconv.Atoi(urls[0][strings.LastIndexByte(urls[0], ':')+1:])
	if err != nil || port < 0 || port > 65535 {
		return 0
	}
	return port
}
