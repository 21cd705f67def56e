package worker

import (
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/tokens"
)

// Config is what the command tells each worker, as JSON in the master's hello.
type Config struct {
	Version string

	Path              string
	PingInterval      time.Duration
	PingTimeout       time.Duration
	UpgradeTimeout    time.Duration
	ConnectTimeout    time.Duration
	MaxHTTPBufferSize int
	PollingPerAddress int
	EventsPerSecond   int
	Transports        []string
	AllowUpgrades     bool
	AllowEIO3         bool
	HTTPCompression   bool
	CORSOrigins       []string
	CORSCredentials   bool
	TrustedProxies    []string // networks, addresses and "unix"
	ForwardedHeader   string   // where they name the client
	Cookie            string   // its name; empty: none

	ServeClient bool     // the browser client, beneath Path
	APITokens   []string // hexadecimal SHA-256 of each that the HTTP API takes over TCP
	APIRate     int      // requests of it a second

	Tokens tokens.Config // clients need one where it is wanted

	Backend  Backend
	Commands bool // are taken over NATS

	Demo      bool
	LogLevel  slog.Level
	LogFormat string // "text" or "json"
}

// Backend is where an application outside is, and how it is asked.
type Backend struct {
	At          string   // "": nowhere; "nats"; or an address of HTTP
	Namespaces  []string // that it serves; * in one stands for any characters
	Timeout     time.Duration
	AllowAbsent bool // lets clients in that it cannot be asked about
	InFlight    int
	Connections int      // of HTTP
	Secrets     [][]byte // that requests are signed with
}

// Engine is the part that Engine.IO knows.
func (c *Config) Engine() engineio.Options {
	return engineio.Options{
		Path:              c.Path,
		PingInterval:      c.PingInterval,
		PingTimeout:       c.PingTimeout,
		UpgradeTimeout:    c.UpgradeTimeout,
		MaxHTTPBufferSize: c.MaxHTTPBufferSize,
		PollingPerAddress: c.PollingPerAddress,
		Transports:        c.Transports,
		AllowUpgrades:     c.AllowUpgrades,
		AllowEIO3:         c.AllowEIO3,
		HTTPCompression:   c.HTTPCompression,
		CORS:              engineio.CORS{Origins: c.CORSOrigins, Credentials: c.CORSCredentials},
		Cookie:            engineio.Cookie{Name: c.Cookie},
		TrustedProxies:    c.TrustedProxies,
		ForwardedHeader:   c.ForwardedHeader,
	}
}

// patience is longer than any answer of another worker takes: a poll ends with a
// heartbeat.
func (c *Config) patience() time.Duration { return c.PingInterval + c.PingTimeout + relaySweep }

// API is what can be told to the HTTP API at any time.
func (c *Config) API() api.Settings {
	return api.Settings{Tokens: c.APITokens, MaxBody: c.MaxHTTPBufferSize, Rate: c.APIRate}
}
