package roster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
)

// Roster is one worker's list of the others. Methods may be called from any
// goroutine.
type Roster struct {
	b       broker.Broker
	o       Options
	subject string
	view    atomic.Pointer[view]

	onMember func(Member, bool)
	onTaken  func(by Node)
	sub      broker.Subscription
	done     chan struct{}
	soon     chan struct{} // somebody wants to hear of us
	wg       sync.WaitGroup
	closing  sync.Once

	mu        sync.Mutex // the callbacks are called under it, which keeps them in order
	members   map[place]*present
	gone      map[place]uint64 // lives up to this one have ended
	connected bool
	taken     bool // said once
	closed    bool

	malformed, stale, overflows atomic.Uint64
}

// place is where one life follows another: nodes of one number are told apart.
type place struct {
	boot uint64
	slot uint8
}

type present struct {
	Present
	silent int // beats
}

// New checks the options. The Broker stays the caller's and must outlive the
// Roster.
func New(b broker.Broker, o Options) (*Roster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Roster{
		b: b, o: o, subject: "_ioserver." + o.Cluster + ".roster1",
		onMember: func(Member, bool) {}, onTaken: func(Node) {},
		done: make(chan struct{}), soon: make(chan struct{}, 1),
		members: make(map[place]*present), gone: make(map[place]uint64),
	}
	r.publishView()
	return r, nil
}

// OnMember sets the receiver of comings and goings. It is called under the
// Roster's lock: it must not block, nor call anything but Home, Find, Alive and Life. Before
// Start only.
func (r *Roster) OnMember(f func(m Member, alive bool)) { r.onMember = f }

// OnTaken sets what is called, once and like OnMember's function, when another
// node has this one's number and keeps it. Before Start only.
func (r *Roster) OnTaken(f func(by Node)) { r.onTaken = f }

// Start begins to listen and to speak. It does not wait for a server. Once only.
func (r *Roster) Start() error {
	var err error
	if r.sub, err = r.b.Subscribe(r.subject, r.receive); err != nil {
		return fmt.Errorf("roster: start: %w", err)
	}
	r.wg.Go(r.run)
	r.b.OnState(r.onState)
	return nil
}

// run beats and counts the silence of others.
func (r *Roster) run() {
	ticker := time.NewTicker(r.o.Beat)
	defer ticker.Stop()
	for {
		select {
		case <-r.done:
			return
		case <-r.soon:
			r.say(false)
		case <-ticker.C:
			r.say(false)
			r.expire()
		}
	}
}

// say tells who we are. What a broker without a server does not take is said
// when there is one.
func (r *Roster) say(hello bool) {
	p := Present{Member: r.o.Self, Counts: r.o.Counts(), Server: r.o.Server()}
	_ = r.b.Publish(r.subject, appendHere(nil, p, hello))
}

// Introduce waits for a server, says to the others who we are, and returns when
// that is on its way to all of them; or with ctx's error.
func (r *Roster) Introduce(ctx context.Context) error {
	if err := r.b.Flush(ctx); err != nil {
		return fmt.Errorf("roster: introduce: %w", err)
	}
	r.say(true)
	if err := r.b.Flush(ctx); err != nil {
		return fmt.Errorf("roster: introduce: %w", err)
	}
	return nil
}

func (r *Roster) onState(s broker.State) {
	connected := s.Condition == broker.Connected
	r.mu.Lock()
	if connected && !r.connected { // what the others said meanwhile was not heard here
		for _, p := range r.members {
			p.silent = 0
		}
	}
	r.connected = connected
	closed := r.closed
	r.mu.Unlock()
	if connected && !closed {
		r.say(true)
	}
}

// Lost tells everybody that a worker of this machine has died in that life.
func (r *Roster) Lost(slot uint8, life uint64) {
	if slot == r.o.Self.Slot {
		return
	}
	r.mu.Lock()
	r.end(place{r.o.Self.Boot, slot}, life)
	r.mu.Unlock()
	_ = r.b.Publish(r.subject, appendLost(nil, r.o.Self, slot, life)) // unheard, its silence tells
}

// Home says where the session of an id lives, of this node or of one that is
// there. False: the id was made by no node that is.
func (r *Roster) Home(d sid.Domain, id string) (sid.Home, bool) {
	home, _, ok := r.view.Load().home(d, id)
	return home, ok
}

// Find is Home, with the Incarnation of the worker that is heard there; 0: none
// is. Where two nodes have one number it is the one's that made the id.
func (r *Roster) Find(d sid.Domain, id string) (h sid.Home, incarnation uint64, ok bool) {
	h, n, ok := r.view.Load().home(d, id)
	if !ok {
		return h, 0, false
	}
	return h, n.incarnation(h.Slot), true
}

// Alive reports whether that worker is heard at a home.
func (r *Roster) Alive(h sid.Home, incarnation uint64) bool {
	return r.view.Load().alive(h, incarnation)
}

// Life is that of the worker that is heard at a home; 0: none is. This worker's
// own counts as heard.
func (r *Roster) Life(h sid.Home) uint64 { return r.view.Load().life(h) }

// Members lists the others as they were heard last, and this worker, in no order.
func (r *Roster) Members() []Present {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Present, 0, len(r.members)+1)
	all = append(all, Present{Member: r.o.Self, Counts: r.o.Counts(), Server: r.o.Server(), Heard: time.Now()})
	for _, p := range r.members {
		all = append(all, p.Present)
	}
	return all
}

// Stats are counters since New.
type Stats struct {
	Members   int    // others, now
	Malformed uint64 // frames that did not parse
	Stale     uint64 // words of lives that had ended
	Overflows uint64 // workers beyond the number that is remembered
}

// Stats is a snapshot. It takes no lock.
func (r *Roster) Stats() Stats {
	return Stats{Members: r.view.Load().others, Malformed: r.malformed.Load(), Stale: r.stale.Load(), Overflows: r.overflows.Load()}
}

// Close says goodbye and waits for the Roster's goroutine: not to be called by
// its callbacks. None is called afterwards. The Broker stays open.
func (r *Roster) Close() error {
	r.closing.Do(func() {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
		close(r.done)
		if r.sub != nil {
			_ = r.sub.Unsubscribe() // fails only on a broker that is closed
		}
		_ = r.b.Publish(r.subject, appendOriginal(nil, kindBye, r.o.Self)) // unheard, our silence tells
	})
	r.wg.Wait()
	return nil
}
