package broker

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// The limits and deadlines of a Broker, all to be changed by options.
const (
	defaultMaxMessage    = 64 << 20
	defaultOutgoingBytes = 8 << 20
	defaultQueueMessages = 4096
	defaultQueueBytes    = 16 << 20
	defaultJoinBytes     = 128 << 20
	defaultJoinMessages  = 256
	defaultDialTimeout   = 2 * time.Second
	defaultPauseMin      = 25 * time.Millisecond
	defaultPauseMax      = time.Second
	defaultPingInterval  = 5 * time.Second
	defaultJoinAge       = 10 * time.Second
	maxPingsOut          = 2
)

// NATSOptions describe a connection to NATS; zero values mean the defaults given.
type NATSOptions struct {
	// Servers are URLs, tried in turn: nats://host:port or tls://host:port, with
	// user:password@ where needed. At least one.
	Servers []string
	// User and Secret are used where the URL has none.
	User, Secret string
	// TLS demands TLS of every server; tls:// URLs do so without it, with the
	// system's certificates.
	TLS *tls.Config
	// Pinned keeps to Servers and ignores what servers tell about their cluster.
	Pinned bool
	// Name shows up in the server's monitoring.
	Name string
	// Inbox is the prefix of reply subjects. The default, "_ioserver.inbox", is
	// out of reach of applications (package embedded).
	Inbox string

	MaxMessage    int // bytes of one message, in parts or not; 64 MiB
	OutgoingBytes int // waiting for a slow server before ErrOverflow; 8 MiB
	QueueMessages int // received and waiting for handlers; 4,096
	QueueBytes    int // received and waiting for handlers; 16 MiB
	JoinBytes     int // unfinished messages, all together; 128 MiB
	JoinMessages  int // unfinished messages; 256

	DialTimeout  time.Duration // one attempt, 2 s
	PauseMin     time.Duration // first pause between attempts, 25 ms, then growing, with jitter
	PauseMax     time.Duration // longest pause, 1 s
	PingInterval time.Duration // two unanswered pings end a connection; 5 s
	JoinAge      time.Duration // unfinished messages, 10 s

	Logger *slog.Logger
}

// withDefaults fills in what is not given and refuses what cannot be.
func (o NATSOptions) withDefaults() (NATSOptions, error) {
	if len(o.Servers) == 0 {
		return o, errors.New("broker: no NATS server given")
	}
	if o.Inbox == "" {
		o.Inbox = "_ioserver.inbox"
	}
	if !validSubject(o.Inbox, false) {
		return o, errors.New("broker: bad inbox prefix")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	orInt(&o.MaxMessage, defaultMaxMessage)
	orInt(&o.OutgoingBytes, defaultOutgoingBytes)
	orInt(&o.QueueMessages, defaultQueueMessages)
	orInt(&o.QueueBytes, defaultQueueBytes)
	orInt(&o.JoinBytes, defaultJoinBytes)
	orInt(&o.JoinMessages, defaultJoinMessages)
	orTime(&o.DialTimeout, defaultDialTimeout)
	orTime(&o.PauseMin, defaultPauseMin)
	orTime(&o.PauseMax, defaultPauseMax)
	orTime(&o.PingInterval, defaultPingInterval)
	orTime(&o.JoinAge, defaultJoinAge)
	o.PauseMax = max(o.PauseMin, o.PauseMax)
	return o, nil
}

func orInt(v *int, d int) {
	if *v <= 0 {
		*v = d
	}
}

func orTime(v *time.Duration, d time.Duration) {
	if *v <= 0 {
		*v = d
	}
}

// client is the nats.go configuration of b.
func (b *NATS) client() []nats.Option {
	o := b.o
	opts := []nats.Option{
		nats.Name(o.Name), nats.NoEcho(),
		nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1), // nothing is kept without a server
		nats.CustomReconnectDelay(b.pause),
		nats.SetCustomDialer(b), nats.SkipHostLookup(), nats.Timeout(o.DialTimeout),
		nats.PingInterval(o.PingInterval), nats.MaxPingsOutstanding(maxPingsOut),
		nats.FlusherTimeout(0), // link.Write does not block
		nats.SkipSubjectValidation(),
		nats.ConnectHandler(b.onConnected), nats.ReconnectHandler(b.onConnected),
		nats.DisconnectErrHandler(b.onDisconnected), nats.ReconnectErrHandler(b.onAttempt),
		nats.ErrorHandler(b.onError), nats.ClosedHandler(b.onClosed),
	}
	if o.User != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Secret))
	}
	if o.TLS != nil {
		opts = append(opts, nats.Secure(o.TLS))
	}
	if o.Pinned {
		opts = append(opts, nats.IgnoreDiscoveredServers())
	}
	return opts
}
