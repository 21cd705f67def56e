package tail

import "time"

const (
	// viewersMost bounds the viewers of a worker. One more is refused.
	// Stats.Refused.
	viewersMost = 8
	// watchesMost bounds the viewers, of all workers, that a worker tells. One
	// more is not told. Stats.Refused.
	watchesMost = 64
	// sourceBytes bounds what waits in a worker to travel to one viewer. Records
	// beyond it are lost. Stats.Lost.
	sourceBytes = 256 << 10
	// viewerBytes bounds what waits for the reader. A viewer that has more is
	// dropped. Stats.Dropped.
	viewerBytes = 4 << 20
	// argsBytes is the longest that arguments are told.
	argsBytes = 4 << 10
	// nameBytes is how much of a name is told, or may be asked for.
	nameBytes = 1 << 10
	// roomsTold is how many rooms of one broadcast are told.
	roomsTold = 10
	// filterNames bounds each list of a filter.
	filterNames = 100

	// renewal is how often a viewer asks, and lease how long a worker tells one
	// that asks no more.
	renewal = 2 * time.Second
	lease   = 7 * time.Second
	// aliveAfter is how long a reader is told nothing.
	aliveAfter = 10 * time.Second
	// flushDeadline is how long the bus may take to take what is told.
	flushDeadline = 5 * time.Second
)

// limits are a hub's, for tests to lower.
type limits struct {
	viewers, watches, source, viewer int
	alive                            time.Duration
}

var defaultLimits = limits{viewersMost, watchesMost, sourceBytes, viewerBytes, aliveAfter}
