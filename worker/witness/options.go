package witness

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/estate"
)

// Times and bounds that the user does not set.
const (
	defaultBeat = time.Second
	// deafBeats is after how many beats without a word a witness is no use: it
	// runs without a backend, or another version.
	deafBeats = 5
	// deafFor is for how many beats it is none then.
	deafFor = 60
	// droppedBeats is after how many beats without a word of a ward that is alive
	// it is taken to have another witness.
	droppedBeats = 15
	// askBeats is how often one that came is asked whether it has spoken for us.
	askBeats = 3
	// absentBeats is after how many beats a predecessor's witness that has not
	// been heard is taken to be gone too, and silentBeats after how many one that
	// says nothing of use is not asked any more.
	absentBeats = 4
	silentBeats = 8
	// pieceBytes is about the size of a piece, and paceBytes after how many of
	// them the bus is waited for.
	pieceBytes = 64 << 10
	paceBytes  = 1 << 20
	paceWait   = 5 * time.Second
	// mostBytes bounds what is kept for others, and mostSpoken the lives that are
	// remembered to have ended.
	mostBytes  = 256 << 20
	mostSpoken = 4096
	// entryOverhead is what an entry weighs besides its bytes.
	entryOverhead = 128
	// speakers is how much is told at the same time.
	speakers = 256
)

// Options of a Witness. All but Beat and Logger are needed.
type Options struct {
	Cluster string
	Self    roster.Member
	// Tell tells what another worker owed. It may block until ctx ends.
	Tell func(ctx context.Context, farewell []byte) error
	// Disown is called for each entry of our own that another worker has told
	// already, taking this one for dead. It must not block.
	Disown func(id string)
	// Estate is where this worker's entries outlive it, and Left what its
	// predecessors have left there. The Estate becomes the Witness's to close.
	// nil: there is none.
	Estate *estate.Estate
	Left   []estate.Legacy
	Beat   time.Duration // between words to the witness: 1 s
	Logger *slog.Logger  // nil: slog.Default
}

func (o Options) complete(b broker.Broker) (Options, error) {
	switch {
	case b == nil:
		return o, errors.New("witness: no broker")
	case !broker.ValidToken(o.Cluster):
		return o, errors.New("witness: bad cluster name")
	case o.Self.Boot == 0 || o.Self.Life == 0:
		return o, errors.New("witness: option Self is incomplete")
	case o.Tell == nil || o.Disown == nil:
		return o, errors.New("witness: options Tell and Disown are needed")
	}
	if o.Beat == 0 {
		o.Beat = defaultBeat
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}
