package master

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/fdpass/turnstile"
)

// run owns the state of slots and children: only the goroutine in loop touches it. Others post to it.
type run struct {
	options *Options
	log     *slog.Logger
	system  system
	began   time.Time

	node  uint16 // this machine's number on the bus; drawn again when another has it
	boot  uint64 // random, not 0: tells two machines of one number apart
	idKey [16]byte
	life  uint64

	drawNode      func() uint16
	replacing     replacing
	replaceBounds replaceBounds

	board     *scoreboard.Board
	turnstile *turnstile.Board // nil where no limit wants connections counted
	listeners []*listener
	addresses []string // of the listeners, as bound; those of the HTTP API from door.api on
	slots     []*slot
	door      door
	peeks     peekBounds
	children  map[*child]struct{} // all that have not ended
	started   bool
	watch     watch

	bus         fdpass.Bus
	broker      *child // nil while there is none
	brokerPause respawn

	stop    stop
	open    context.Context // ends when the doors close
	shut    context.CancelFunc
	outcome error // what Run returns

	accepted chan []conn
	looked   chan []looked // nil where there is no peeker
	events   chan func()
	over     chan struct{} // closed when loop has ended: nobody hears events any more
	watchers sync.WaitGroup
	doors    sync.WaitGroup // acceptors
}

// Run serves until ctx ends, then stops in order and returns nil. It returns an error when it could not begin, when a child asked for the
// end (*ExitError), or after Options.Kill (ErrKilled). All its processes have ended then, but for ErrKilled, when they are about to.
func Run(ctx context.Context, o Options) error {
	return newRun(&o, realSystem()).serve(ctx)
}

func newRun(o *Options, sys system) *run {
	r := &run{
		options: o, system: sys, began: time.Now(), drawNode: randomNode, replaceBounds: replaceBounds{replaceTime, replaceKill},
		children: make(map[*child]struct{}),
		door: door{
			bounds: bounds{maxWaiting, maxWaitingTotal, maxWaitingAge}, gate: gate{bounds: gateBounds{maxLine, maxLineAge}},
			apiTurn: inTurn{heedless: true},
		},
		watch:    watch{bounds: watchBounds{watchEvery, stalledAfter, killAfter}},
		peeks:    peekBounds{maxPeeking, maxPeekAge, maxPeeks},
		accepted: make(chan []conn), events: make(chan func()), over: make(chan struct{}),
	}
	r.fit(sys.descriptors)
	r.open, r.shut = context.WithCancel(context.Background())
	return r
}

func (r *run) serve(ctx context.Context) error {
	err := r.prepare()
	for _, i := range r.options.Inherited {
		_ = i.File.Close() // each listener has a descriptor of its own
	}
	if err != nil {
		return errors.Join(err, r.release(), r.board.Close(), r.turnstile.Close())
	}
	if r.options.Embedded != nil {
		r.startBroker()
	}
	for _, s := range r.slots {
		r.startWorker(s)
	}
	r.peek()
	for _, l := range r.listeners {
		r.accept(l)
	}
	r.loop(ctx)
	err = r.release()
	r.watchers.Wait()
	for c := range r.children { // after Kill
		_ = c.control.Close()
	}
	return errors.Join(r.outcome, err, r.board.Close(), r.turnstile.Close()) // acceptors have counted on the board until now
}

// prepare makes everything that can fail at start.
func (r *run) prepare() error {
	if err := r.options.defaults(); err != nil {
		return err
	}
	for _, config := range []json.RawMessage{r.options.Worker, r.options.Embedded} {
		if err := checkConfig(config); err != nil {
			return err
		}
	}
	r.log = r.options.Logger
	chooser, err := newChooser(r.options.Balance)
	if err != nil {
		return err
	}
	if r.board, err = scoreboard.New(r.options.Workers); err != nil {
		return err
	}
	r.prepareRow()
	if err := r.prepareListeners(); err != nil {
		return err
	}
	for i := range r.options.Workers {
		s, err := newSlot(i, r.began)
		if err != nil {
			return err
		}
		r.slots = append(r.slots, s)
	}
	r.prepareNode()
	r.prepareBus()
	r.door.chooser, r.door.slots, r.door.row, r.door.pump = chooser, r.slots, r.board.Master(), r.pump
	if err := r.prepareLimits(); err != nil {
		return err
	}
	return r.preparePeek()
}

// release closes what prepare opened.
func (r *run) release() error {
	r.shut()
	var errs []error
	for _, l := range r.listeners {
		errs = append(errs, l.close())
	}
	for _, s := range r.slots {
		errs = append(errs, s.close())
	}
	r.listeners, r.slots = nil, nil
	return errors.Join(errs...)
}

func (r *run) nextLife() uint64 {
	r.life++
	return r.life
}

// post has f called by loop. It waits until loop takes it, or has ended.
func (r *run) post(f func()) {
	select {
	case r.events <- f:
	case <-r.over:
	}
}

// loop is the one place where things happen. It ends when the last child has ended after stop, or at once after Kill.
func (r *run) loop(ctx context.Context) {
	defer close(r.over)
	timer := time.NewTimer(0)
	defer timer.Stop()
	asked, kill, reload := ctx.Done(), r.options.Kill, r.options.Reload
	for !r.stop.done {
		r.arm(timer)
		select {
		case batch := <-r.accepted:
			r.door.place(batch, time.Now())
		case batch := <-r.looked:
			r.door.placeLooked(batch, time.Now())
		case f := <-r.events:
			f()
		case <-timer.C:
			r.due(time.Now())
		case m, open := <-reload:
			if !open {
				reload = nil
			}
			r.reload(m)
		case <-asked:
			asked = nil
			r.beginStop()
		case <-kill:
			r.killAll()
			r.outcome = ErrKilled
			return
		}
	}
}

// never is far enough away for a timer that has nothing to do.
const never = time.Hour

// arm sets the timer to the next deadline.
func (r *run) arm(timer *time.Timer) {
	next := earlier(r.brokerPause.at, r.stop.deadline())
	if !r.stopping() {
		next = earlier(next, earlier(r.replacing.killAt, r.door.gate.deadline()))
		next = earlier(next, earlier(r.watch.at, r.watch.pulseAt))
		for _, s := range r.slots {
			next = earlier(next, earlier(s.pause.at, r.door.deadline(s)))
		}
	}
	if next.IsZero() {
		timer.Reset(never)
		return
	}
	timer.Reset(time.Until(next))
}

// due does what has become due.
func (r *run) due(now time.Time) {
	if r.stopping() {
		r.stopDue(now)
		return
	}
	for _, s := range r.slots {
		r.door.expire(s, now)
		if at := s.pause.at; !at.IsZero() && !now.Before(at) {
			r.startWorker(s)
		}
	}
	if at := r.brokerPause.at; !at.IsZero() && !now.Before(at) {
		r.startBroker()
	}
	r.door.turn(now)
	r.replaceDue(now)
	r.watchDue(now)
}

// pump waits beside loop for room in the inbox of s, then has it flushed.
func (r *run) pump(s *slot) {
	if s.pumped || r.stopping() {
		return
	}
	s.pumped = true
	r.watchers.Go(func() {
		err := s.inbox.Wait(r.open)
		r.post(func() {
			s.pumped = false
			if err == nil && !r.stopping() {
				r.door.flush(s) // on an error those that wait are answered when their time is up
			}
		})
	})
}

// heard handles what a child says.
func (r *run) heard(c *child, message any) {
	switch m := message.(type) {
	case fdpass.Ready:
		if c.ready {
			return
		}
		c.ready, c.readyAt = true, time.Now()
		c.row.State.Store(uint32(scoreboard.Serving))
		if c.slot == nil {
			r.brokerReady(c, m.Addr)
		} else {
			r.workerReady(c)
		}
	case fdpass.Load:
		if c.slot != nil {
			c.slot.report(m)
		}
	case fdpass.NodeTaken:
		r.nodeTaken(m)
	case fdpass.Failed:
		r.log.Error("child failed", c.who(), "pid", c.process.Pid(), "error", m.Message)
		if m.Exit != 0 && (c.ready || !r.started) { // a successor that cannot start is tried again: the other slots serve
			r.fail(&ExitError{Code: m.Exit, Message: m.Message})
		}
	default:
		r.log.Error("child said what only the master says", c.who())
	}
}

// gone: c has ended.
func (r *run) gone(c *child, status string) {
	delete(r.children, c)
	_ = c.control.Close()
	c.row.End()
	if c.slot == nil {
		r.brokerGone(c, status)
	} else {
		r.workerGone(c, status)
	}
	r.stopNext()
}
