package feed

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// The limits and deadlines of a Feed, all to be changed by options.
const (
	defaultRingBytes     = 16 << 20
	defaultRingMessages  = 1 << 16
	defaultRingAge       = time.Minute
	defaultMaxMessage    = 32 << 20
	defaultQueueBytes    = 16 << 20
	defaultQueueMessages = 1 << 14
	defaultBeat          = time.Second
	defaultDeadBeats     = 5
	defaultPatience      = 10 * time.Second
	defaultAskPause      = 200 * time.Millisecond
	defaultJoinPatience  = 1500 * time.Millisecond
)

// Options of a Feed; zero values mean the defaults given.
type Options struct {
	Cluster string // name on the bus; broker.ValidToken
	Origin  Origin // this worker; Life 0: random

	RingBytes    int           // kept for replay, 16 MiB
	RingMessages int           // kept for replay, 65,536
	RingAge      time.Duration // kept for replay, 60 s
	MaxMessage   int           // bytes of one message, 32 MiB; less than the broker's

	QueueBytes    int // received and waiting for the handler, 16 MiB
	QueueMessages int // received and waiting for the handler, 16,384

	// Others lists the live workers of the cluster, this one among them or not,
	// for Join; it must not block. nil: all are on one server.
	Others func() []Other

	Beat      time.Duration // between two beats, 1 s
	DeadBeats int           // beats missed by a dead worker, 5
	Patience  time.Duration // for a replay that does not come from a worker that is alive, 10 s

	AskPause     time.Duration // for the answer to a Join's question, before it is asked again or elsewhere, 200 ms
	JoinPatience time.Duration // for any answer from a server, before Joins go on without it, 1.5 s

	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if !broker.ValidToken(o.Cluster) {
		return o, fmt.Errorf("feed: bad cluster name %q", o.Cluster)
	}
	for o.Origin.Life == 0 {
		var b [8]byte
		rand.Read(b[:]) // never fails
		o.Origin.Life = binary.BigEndian.Uint64(b[:])
	}
	or(&o.RingBytes, defaultRingBytes)
	or(&o.RingMessages, defaultRingMessages)
	or(&o.RingAge, defaultRingAge)
	or(&o.MaxMessage, defaultMaxMessage)
	or(&o.QueueBytes, defaultQueueBytes)
	or(&o.QueueMessages, defaultQueueMessages)
	or(&o.Beat, defaultBeat)
	or(&o.DeadBeats, defaultDeadBeats)
	or(&o.Patience, defaultPatience)
	or(&o.AskPause, defaultAskPause)
	or(&o.JoinPatience, defaultJoinPatience)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

func or[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}
