package feed

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// NumBuckets is the number of buckets that rooms are spread over. All workers
// of a cluster must agree on it.
const NumBuckets = 4096

// All is the bucket that every worker has.
const All uint16 = NumBuckets

// Errors that callers are expected to tell apart.
var (
	ErrClosed    = errors.New("feed: closed")
	ErrTooLarge  = errors.New("feed: message is too large")
	ErrBadBucket = errors.New("feed: no such bucket")
	ErrStarted   = errors.New("feed: already started")
)

// Origin is one life of one worker.
type Origin struct {
	Node uint16
	Slot uint8
	Life uint64 // random per process, never 0
}

// Delivery is one message of another worker. Data belongs to the receiver, but
// may share its backing array with other deliveries' data: do not append to it.
type Delivery struct {
	Origin Origin
	Bucket uint16 // meaningless when Direct
	Direct bool
	Data   []byte
}

// Options of a Feed; zero values mean the defaults given.
type Options struct {
	Cluster string // name on the bus; broker.ValidToken
	Origin  Origin // this worker; Life 0: random

	RingBytes    int           // kept for replay, 16 MiB
	RingMessages int           // kept for replay, 65,536
	RingAge      time.Duration // kept for replay, 60 s
	MaxMessage   int           // bytes of one message, 64 MiB

	QueueBytes    int // received and waiting for the handler, 16 MiB
	QueueMessages int // received and waiting for the handler, 16,384

	Beat      time.Duration // between two beats, 1 s
	DeadBeats int           // beats missed by a dead worker, 5
	Patience  time.Duration // for a replay that does not come from a live worker, 10 s

	Logger *slog.Logger
}

// Peer is another worker as last heard of.
type Peer struct {
	Origin Origin
	Alive  bool
	Heard  time.Time // its last beat or message
	Behind bool      // its messages are being pulled from its ring
}

// Feed is one worker's end. Methods may be called from any goroutine, none of
// them on an event loop.
type Feed struct {
	b broker.Broker
	o Options
}

// New checks the options. The Broker stays the caller's and must outlive the
// Feed, which takes its OnGap.
func New(b broker.Broker, o Options) (*Feed, error) { return nil, errors.New("not yet") }

// Handle sets the receiver of messages, called one at a time on the Feed's own
// goroutine. It may block: messages then wait in a bounded queue, and beyond it
// in the rings of their origins. Before Start only.
func (f *Feed) Handle(h func(Delivery)) {}

// OnPeer sets the receiver of workers' comings and goings, called on the same
// goroutine as the message handler and in order with its calls. Before Start only.
func (f *Feed) OnPeer(h func(o Origin, alive bool)) {}

// Start subscribes to All, to this worker's own messages and to the beats. It
// does not wait for a server.
func (f *Feed) Start() error { return nil }

// Publish sends data to every other worker that has joined the bucket (or All).
// data is copied. It does not wait for the network: what the broker does not
// take now is kept in the ring and delivered later. ErrTooLarge, ErrBadBucket,
// ErrClosed.
func (f *Feed) Publish(bucket uint16, data []byte) error { return nil }

// Direct sends data to the present life of one worker, in order with Publish.
// A home that does not exist is no error.
func (f *Feed) Direct(node uint16, slot uint8, data []byte) error { return nil }

// Join returns when every message that anyone publishes to the bucket from now
// on reaches the handler, or with ctx's error, after which the bucket is not
// joined. It waits while there is no server. Counting references is the
// caller's business: Join of a joined bucket only waits. Not to be called by a handler.
func (f *Feed) Join(ctx context.Context, bucket uint16) error { return nil }

// Leave ends a Join.
func (f *Feed) Leave(bucket uint16) {}

// Alive reports whether the home's present life is heard.
func (f *Feed) Alive(node uint16, slot uint8) bool { return false }

// Peers lists the other workers known.
func (f *Feed) Peers() []Peer { return nil }

// Stats is a snapshot of the counters.
func (f *Feed) Stats() Stats { return Stats{} }

// Close says goodbye to the others, unsubscribes and waits for the Feed's
// goroutines, the handler's current call included. The Broker stays open.
func (f *Feed) Close() error { return nil }

// Stats are counters since New, but for the last five.
type Stats struct {
	Published, PublishedBytes uint64 // Publish and Direct
	Deferred                  uint64 // not taken by the broker, left to the ring
	Delivered, DeliveredBytes uint64 // handed to the handler
	Direct                    uint64 // of Delivered: direct messages
	Duplicates                uint64 // dropped: seen before
	Passed                    uint64 // dropped live, because the origin's ring is being pulled
	Gaps                      uint64 // times something was found missing
	Interruptions             uint64 // of this worker's connection
	QueueOverflows            uint64 // times the handler was too slow
	Replayed                  uint64 // of Delivered: pulled from a ring
	ReplayRequests            uint64 // sent to others
	ReplayAnswers             uint64 // sent to others
	Lost                      uint64 // gaps given up, each at least one message
	Malformed                 uint64 // bus messages that do not parse, dropped
	Stale                     uint64 // bus messages of earlier lives, dropped
	Beats                     uint64 // sent

	Peers, Joined, RingMessages, RingBytes, Queued int
}
