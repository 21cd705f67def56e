package broker

import (
	"log/slog"
	"time"
)

// NATSOptions describe a connection to NATS; zero values mean the defaults given.
type NATSOptions struct {
	// Servers are URLs, tried in turn: nats://host:port or tls://host:port, with
	// user:password@ where needed. At least one.
	Servers []string
	// User and Secret are used where the URL has none.
	User, Secret string
	// Pinned keeps to Servers and ignores what servers tell about their cluster.
	Pinned bool
	// Name shows up in the server's monitoring.
	Name string
	// Inbox is the prefix of reply subjects, default "_INBOX".
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
