package engineio

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ioserver/ioserver/protocol/proxy"
)

// Options are Engine.IO's own, with its names and defaults. The zero value of
// a field means its default; [DefaultOptions] gives them all, which is where
// those that default to true have to come from.
type Options struct {
	// Path is matched as a prefix. Default "/engine.io/".
	Path string
	// PingInterval and PingTimeout drive the heartbeats: 25 s and 20 s.
	PingInterval, PingTimeout time.Duration
	// UpgradeTimeout is how long a client may take to finish an upgrade: 10 s.
	UpgradeTimeout time.Duration
	// MaxHTTPBufferSize bounds one message, in bytes, and one POST: 1e6.
	MaxHTTPBufferSize int
	// Transports are those offered: "polling" and "websocket".
	Transports []string
	// AllowUpgrades lets polling sessions move to WebSocket.
	AllowUpgrades bool
	// AllowEIO3 accepts revision 3, the clients 1.x and 2.x.
	AllowEIO3 bool
	// CORS says which other origins may connect.
	CORS CORS
	// Cookie is set on the polling handshake. Off without a Name.
	Cookie Cookie
	// HTTPCompression compresses polling answers over 1 KiB.
	HTTPCompression bool
	// MaxQueueBytes bounds what waits to be sent to one client. A message is
	// always taken by an empty queue. Default: four times MaxHTTPBufferSize,
	// but at least 4 MiB.
	MaxQueueBytes int
	// PollingPerAddress bounds the sessions of one address, or /64 of IPv6,
	// that poll: another handshake is answered with 503. Default 0: any number.
	PollingPerAddress int
	// GenerateID makes the session ids; nil means 20 characters from
	// crypto/rand. It may block. An id must be unique and unguessable, of
	// letters, digits, "-" and "_".
	GenerateID func(*Request) (string, error)
	Hooks
	// TrustedProxies are the peers that are believed what they say of their
	// clients: networks in CIDR notation, addresses, and "unix" for the peers of
	// Unix sockets. Of a request from one of them ForwardedHeader gives
	// Request.Remote, and X-Forwarded-Proto may make it Secure. None by default.
	TrustedProxies []string
	// ForwardedHeader names a client's address. Default X-Forwarded-For, and
	// where it is another whose value is not known to be addresses.
	ForwardedHeader string
	// Router answers for the sessions of other processes; nil: there are none.
	Router Router
	// Logger is nil for slog.Default.
	Logger *slog.Logger
}

// DefaultOptions returns every default that the reference has, but for
// AllowEIO3, which is on here.
func DefaultOptions() Options {
	return Options{
		Path:              "/engine.io/",
		PingInterval:      25 * time.Second,
		PingTimeout:       20 * time.Second,
		UpgradeTimeout:    10 * time.Second,
		MaxHTTPBufferSize: 1_000_000,
		Transports:        []string{Polling, WebSocket},
		AllowUpgrades:     true,
		AllowEIO3:         true,
		HTTPCompression:   true,
	}
}

// complete fills in the defaults and refuses what cannot work.
func (o Options) complete() (Options, error) {
	d := DefaultOptions()
	if o.Path == "" {
		o.Path = d.Path
	}
	if !strings.HasPrefix(o.Path, "/") {
		return o, fmt.Errorf("path %q does not begin with /", o.Path)
	}
	if !strings.HasSuffix(o.Path, "/") {
		o.Path += "/"
	}
	o.PingInterval = orDefault(o.PingInterval, d.PingInterval)
	o.PingTimeout = orDefault(o.PingTimeout, d.PingTimeout)
	o.UpgradeTimeout = orDefault(o.UpgradeTimeout, d.UpgradeTimeout)
	o.MaxHTTPBufferSize = orDefault(o.MaxHTTPBufferSize, d.MaxHTTPBufferSize)
	if len(o.Transports) == 0 {
		o.Transports = d.Transports
	}
	for _, t := range o.Transports {
		if t != Polling && t != WebSocket {
			return o, fmt.Errorf("unknown transport %q: polling and websocket exist", t)
		}
	}
	if o.PingInterval < 0 || o.PingTimeout < 0 || o.UpgradeTimeout < 0 || o.MaxHTTPBufferSize < 0 || o.MaxQueueBytes < 0 || o.PollingPerAddress < 0 {
		return o, fmt.Errorf("a negative interval, size or number")
	}
	if !proxy.NamesClient(o.ForwardedHeader) {
		o.ForwardedHeader = proxy.ForwardedFor
	}
	if _, err := proxy.ParseNetworks(o.TrustedProxies); err != nil {
		return o, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := o.Cookie.complete(); err != nil {
		return o, err
	}
	if o.GenerateID == nil {
		o.GenerateID = randomID
	}
	return o, nil
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// offers reports whether the transport is switched on.
func (o *Options) offers(transport string) bool {
	for _, t := range o.Transports {
		if t == transport {
			return true
		}
	}
	return false
}
