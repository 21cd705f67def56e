package command

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/master"
	"github.com/ioserver/ioserver/protocol/proxy"
	"github.com/ioserver/ioserver/worker"
	workerapi "github.com/ioserver/ioserver/worker/api"
)

// options are what the flags say.
type options struct {
	listen          []string
	workers         int
	balance         string
	limits          master.Limits
	proxyProtocol   bool
	shutdownTimeout time.Duration
	nats            []string
	natsRequired    bool
	cluster         string
	credentials     string
	natsCommands    bool
	peering         peering
	application     application
	api             []string
	tokenFile       string
	config          string
	tokens          apiTokens
	jwt             jwt
	logging         logging.Config
	worker          worker.Config
}

// defaults are the values without any flag: Engine.IO's and Socket.IO's own,
// but for the clients 1.x and 2.x, which are let in.
func defaults() *options {
	return &options{
		listen:          []string{":3000"},
		workers:         min(runtime.NumCPU(), master.MaxWorkers),
		balance:         string(master.RemoteAddress),
		shutdownTimeout: master.DefaultShutdownTimeout,
		cluster:         "default",
		application:     application{absent: absentIsRefused},
		logging:         logging.Config{Level: slog.LevelInfo, Format: "text"},
		worker: worker.Config{
			Path:              "/socket.io/",
			PingInterval:      25 * time.Second,
			PingTimeout:       20 * time.Second,
			UpgradeTimeout:    10 * time.Second,
			ConnectTimeout:    45 * time.Second,
			MaxHTTPBufferSize: 1_000_000,
			Transports:        []string{"polling", "websocket"},
			AllowUpgrades:     true,
			AllowEIO3:         true,
			HTTPCompression:   true,
			ServeClient:       true,
			APIRate:           workerapi.DefaultRate,
			ForwardedHeader:   proxy.ForwardedFor,
			Backend: worker.Backend{
				Namespaces: []string{"/"}, Timeout: 5 * time.Second, InFlight: 2000, Connections: 64,
			},
		},
	}
}

// workerConfig is what each worker is told.
func (o *options) workerConfig() (json.RawMessage, error) {
	config := o.worker
	config.Version, config.LogLevel, config.LogFormat = version(), o.logging.Level, o.logging.Format
	config.Commands = o.natsCommands || o.credentials != "" || config.Backend.At == overNATS
	config.APITokens, config.Tokens = o.tokens.hashes, o.jwt.config
	b, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("configuration of the workers: %w", err)
	}
	return b, nil
}

// embeddedConfig is what the embedded broker is told; nil: there is none.
func (o *options) embeddedConfig() (json.RawMessage, error) {
	if len(o.nats) > 0 {
		return nil, nil
	}
	b, err := json.Marshal(brokerConfig{Config: o.logging, Cluster: o.cluster, Peering: o.peering.config(), Credentials: o.credentials})
	if err != nil {
		return nil, fmt.Errorf("configuration of the broker: %w", err)
	}
	return b, nil
}

// master is what the master is told.
func (o *options) master() (master.Options, error) {
	workers, err := o.workerConfig()
	if err != nil {
		return master.Options{}, err
	}
	embedded, err := o.embeddedConfig()
	if err != nil {
		return master.Options{}, err
	}
	return master.Options{
		Listen:          o.listen,
		API:             o.api,
		Workers:         o.workers,
		Balance:         master.Balance(o.balance),
		BalanceHeader:   o.worker.ForwardedHeader,
		TrustedProxies:  o.worker.TrustedProxies,
		ProxyProtocol:   o.proxyProtocol,
		Limits:          o.limits,
		Worker:          workers,
		Embedded:        embedded,
		Bus:             fdpass.Bus{URLs: o.nats, Cluster: o.cluster, Required: o.natsRequired, Shared: len(o.nats) > 0 || o.peering.config() != nil},
		ShutdownTimeout: o.shutdownTimeout,
	}, nil
}

// reload is what a master that runs is told.
func (o *options) reload() (master.Reload, error) {
	workers, err := o.workerConfig()
	if err != nil {
		return master.Reload{}, err
	}
	embedded, err := o.embeddedConfig()
	limits := o.limits // the master's own from now on
	return master.Reload{
		Worker: workers, Embedded: embedded, ShutdownTimeout: o.shutdownTimeout, Limits: &limits,
		TrustedProxies: append([]string{}, o.worker.TrustedProxies...), // none are none
	}, err
}
