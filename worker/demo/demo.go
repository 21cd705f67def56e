package demo

import (
	"log/slog"
	"sync"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Options say where the demo runs.
type Options struct {
	Slot, PID int
	Node      uint16
	Version   string
	Path      string // of Socket.IO, with slashes around it
	// Workers reads the table of this machine's workers; nil where there is
	// none. It is called off the loop, and must not block.
	Workers func() []Worker
	Logger  *slog.Logger // nil: slog.Default
}

// Worker is one of this machine's, as the master's table has it.
type Worker struct {
	Slot, PID int
	Serving   bool
	Clients   int
}

// Demo is a chat among the clients of all workers.
type Demo struct {
	options Options
	ns      *socketio.Namespace
	logger  *slog.Logger
	now     func() time.Time
	assets  map[string]*asset

	stirred chan struct{} // there is something for a pulse
	nudged  chan struct{} // somebody wants an answer
	settled chan struct{} // closed when the replica is as whole as it gets
	done    chan struct{} // closed by Close
	ended   chan struct{} // closed by the goroutine
	quiet   *time.Timer   // settles

	// mu guards the replica, and is held while something of it is emitted: what
	// clients and other workers are told has the order in which it happened. No
	// loop ever waits for it.
	mu        sync.Mutex
	closed    bool
	self      *peer
	peers     map[home]*peer // self too
	present   int            // people of all of them
	rooms     map[string]*room
	members   map[*socketio.Socket]*member
	latest    int64 // the newest message's time
	changed   map[string]*person
	flows     []flow
	tiles     []tile
	asked     bool // an answer is due
	newcomers map[home]struct{}
}

// New registers the demo on the server's root namespace, before it serves.
// Close it when the server still works, or later.
func New(io *socketio.Server, o Options) *Demo {
	d := &Demo{
		options:   o,
		ns:        io.Of("/"),
		logger:    o.Logger,
		now:       time.Now,
		stirred:   make(chan struct{}, 1),
		nudged:    make(chan struct{}, 1),
		settled:   make(chan struct{}),
		done:      make(chan struct{}),
		ended:     make(chan struct{}),
		quiet:     time.NewTimer(settleQuiet),
		peers:     make(map[home]*peer),
		rooms:     make(map[string]*room),
		members:   make(map[*socketio.Socket]*member),
		changed:   make(map[string]*person),
		newcomers: make(map[home]struct{}),
	}
	if d.logger == nil {
		d.logger = slog.Default()
	}
	d.assets = assets(o)
	d.self = newPeer(home{o.Node, o.Slot}, d.now().UnixMilli(), o.PID)
	d.self.whole = true
	d.peers[d.self.home] = d.self
	d.ns.On("echo", echo)
	d.serve()
	d.listen()
	go d.run()
	return d
}

// echo acknowledges its arguments.
func echo(_ *socketio.Socket, e *socketio.Event) {
	if e.WantsAck() {
		_ = e.Ack(e.Args())
	}
}

// Close ends the demo's goroutine and waits for it. Clients are refused from
// then on, but for echo.
func (d *Demo) Close() error {
	d.mu.Lock()
	first := !d.closed
	d.closed = true
	d.mu.Unlock()
	if first {
		close(d.done)
	}
	<-d.ended
	return nil
}

// run is the demo's goroutine: what comes by time.
func (d *Demo) run() {
	defer close(d.ended)
	announce, look := time.NewTicker(announceEvery), time.NewTicker(lookEvery)
	settle := time.NewTimer(settleLimit)
	pulse, answer := stopped(), stopped()
	defer func() {
		for _, t := range []interface{ Stop() bool }{settle, pulse, answer, d.quiet} {
			t.Stop()
		}
		announce.Stop()
		look.Stop()
	}()
	// nil while the timer that they start runs.
	stirred, nudged := d.stirred, d.nudged
	d.locked(func() { d.tell(eventAsk, question{sender: d.sender()}) })
	d.look()
	for {
		select {
		case <-d.done:
			return
		case <-announce.C:
			d.locked(d.announce)
		case <-look.C:
			d.look()
		case <-d.quiet.C:
			if d.complete() {
				d.settle()
			} else {
				d.quiet.Reset(settleQuiet)
			}
		case <-settle.C:
			d.settle()
		case <-stirred:
			pulse.Reset(pulseDelay)
			stirred = nil
		case <-pulse.C:
			stirred = d.stirred
			d.locked(d.flush)
			d.look()
		case <-nudged:
			answer.Reset(answerDelay)
			nudged = nil
		case <-answer.C:
			nudged = d.nudged
			d.locked(d.answer)
		}
	}
}

func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func (d *Demo) locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		f()
	}
}

// complete reports whether all have answered who are known to be there.
func (d *Demo) complete() bool {
	var table []Worker
	if d.options.Workers != nil {
		table = d.options.Workers()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range table {
		if p := d.peers[home{d.self.home.Node, w.Slot}]; w.Serving && (p == nil || !p.whole) {
			return false
		}
	}
	for _, p := range d.peers {
		if !p.whole {
			return false
		}
	}
	return true
}

// settle lets those in who wait for the replica.
func (d *Demo) settle() {
	select {
	case <-d.settled:
	default:
		close(d.settled)
	}
}
