package loop

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// defaultTurnWrites are about a quarter of a millisecond, after which what has come in meanwhile joins the messages that still wait.
	defaultTurnWrites = 64
	defaultReadBuffer = 64 << 10
	// maxTurnTasks and maxTurnTimers bound a turn; what is left over goes first in the next.
	maxTurnTasks  = 4096
	maxTurnTimers = 4096
	// maxPostponed is for how many turns timers wait for older input: as many reads as a process usually may have descriptors.
	maxPostponed = 64
	// giveWayAfter is how long a loop that does not come to sleep keeps the rest of the process from the network; see bell.
	giveWayAfter = 250 * time.Microsecond
	// mailRounds is how often one turn looks into the mailbox again for what the turn itself has caused.
	mailRounds = 4
	// No further tasks are run while more bytes than this are waiting for their turn to be written: an average for each connection
	// that has some, and what is allowed whatever their number. A longer queue would not make better use of a write, and producers
	// shall feel at their Port that output does not keep up. What a slow reader's kernel buffer has refused does not count.
	unsentPerConn = 16 << 10
	unsentAlways  = 4 << 20
)

// Options of a Loop. The zero value is usable.
type Options struct {
	Logger        *slog.Logger // panics are logged here; default slog.Default()
	MaxTurnWrites int          // write system calls a turn; default 64
	ReadBuffer    int          // bytes read at a time, one buffer for all connections; default 64 KiB
	Closing       func(fd int) // called before a connection's descriptor is closed, on the loop; may be nil
}

// Loop owns connections, timers and a mailbox. Make it with New, then call Run.
type Loop struct {
	log     *slog.Logger
	poller  *poller
	mail    mailbox
	stopped chan struct{} // closed by Stop
	done    chan struct{} // closed when Run returns
	stop    sync.Once

	portsMu sync.Mutex // guards ports
	ports   []*Port

	// The rest belongs to the loop's goroutine.
	epoch, now time.Time
	rested     bool          // the loop has slept, or given way, just before this turn
	busySince  time.Time     // when it last did
	busyFor    time.Duration // as of the last turn's end
	wheel      wheel
	hooks      []func()
	publishers []func()
	conns      []*Conn // by descriptor
	closing    func(fd int)
	generation uint32 // of the latest connection: tells a stale event of a reused descriptor
	current    *Conn  // whom a handler is being called for
	ended      bool

	input   []byte // what is read, of any connection
	join    []byte // small buffers copied together
	vectors [][]byte
	iovecs  vectorSpace
	chunks  chunkPool
	dirty   fifo

	// The turn's progress. It outlives a panic, after which the turn goes on with the next item.
	events     []pollEvent
	nextEvent  int
	batch      []item
	nextTask   int
	nextHook   int
	tasksLeft  int
	timersLeft int
	writesLeft int
	allRead    bool // the turn's look at the sockets saw all that were ready
	postponed  int  // turns for which due timers have waited for input
	unsent     int  // bytes queued for connections that are not blocked, all of which are dirty
	maxWrites  int
	doomed     []doomed

	counters  Stats
	published publishedStats
}

// New makes a loop. Run must be called, also after Stop: it is what closes the loop's descriptors.
func New(o Options) (*Loop, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxTurnWrites <= 0 {
		o.MaxTurnWrites = defaultTurnWrites
	}
	if o.ReadBuffer <= 0 {
		o.ReadBuffer = defaultReadBuffer
	}
	l := &Loop{
		log:       o.Logger,
		stopped:   make(chan struct{}),
		done:      make(chan struct{}),
		epoch:     time.Now(),
		input:     make([]byte, o.ReadBuffer),
		join:      make([]byte, 0, joinSize),
		vectors:   make([][]byte, 0, maxVectors),
		maxWrites: o.MaxTurnWrites,
		closing:   o.Closing,
	}
	l.now, l.busySince = l.epoch, l.epoch
	p, err := openPoller(l.mail.sleep)
	if err != nil {
		return nil, fmt.Errorf("open event loop: %w", err)
	}
	l.poller = p
	return l, nil
}

// Post queues t to run on the loop, in the order of all posts. It never waits and has no bound: it is for the loop itself and for
// producers that have at most one task in flight each; others need a Port. Every task accepted is run, also when Stop comes
// in between; false after Stop. Any goroutine.
func (l *Loop) Post(t Task) bool { return l.put(item{task: t}) }

func (l *Loop) put(it item) bool {
	wake, ok := l.mail.put(it)
	if wake {
		l.poller.wake()
	}
	return ok
}

// AtTurnEnd registers f to be called in every turn after input, mailbox and timers, before anything is written. What it leads to
// in the mailbox is still handled in the same turn. Before Run only.
func (l *Loop) AtTurnEnd(f func()) { l.hooks = append(l.hooks, f) }

// Now is the time, with its monotonic reading, at which the current turn began. Loop goroutine only.
func (l *Loop) Now() time.Time { return l.now }

// Stop makes Run return. Tasks already accepted are run first and each connection's queue is offered to the kernel once more; what
// is not taken is lost. Any goroutine, any number of times.
func (l *Loop) Stop() {
	l.stop.Do(func() {
		close(l.stopped)
		if l.mail.close() {
			l.poller.wake()
		}
	})
}

// Done is closed when Run has returned.
func (l *Loop) Done() <-chan struct{} { return l.done }

func (l *Loop) stopping() bool {
	select {
	case <-l.stopped:
		return true
	default:
		return false
	}
}

// panicked deals with a panic that a guarded stage ran into.
func (l *Loop) panicked(value any) {
	c := l.current
	l.current = nil
	l.counters.Panics++
	l.log.Error("panic on the event loop", "panic", value, "stack", string(debug.Stack()))
	if c != nil {
		l.doom(c, &PanicError{Value: value})
	}
}
