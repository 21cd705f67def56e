package witness

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
)

// Witness is a worker's part: it has a witness, and is one for others. Methods
// may be called from any goroutine.
type Witness struct {
	b      broker.Broker
	o      Options
	logger *slog.Logger
	self   place
	seed   maphash.Seed
	ward   ward
	keeper keeper
	heir   heir

	sub    broker.Subscription
	ctx    context.Context // of all that is told
	cancel context.CancelFunc
	wg     sync.WaitGroup // run

	mu       sync.Mutex
	news     []news
	words    []frame // that something has been told in our name
	late     []frame // answers to the slot's earlier lives
	again    bool    // everything is to be told anew
	speaking int     // of how many workers' ends
	idle     chan struct{}
	soon     chan struct{}

	counters counters
	unnoted  sync.Once
}

// news is somebody's coming or going.
type news struct {
	member roster.Member
	alive  bool
}

// New checks the options. The Broker stays the caller's and must outlive the
// Witness.
func New(b broker.Broker, o Options) (*Witness, error) {
	o, err := o.complete(b)
	if err != nil {
		return nil, err
	}
	w := &Witness{b: b, o: o, logger: o.Logger, self: placeOf(o.Self), seed: maphash.MakeSeed(), soon: make(chan struct{}, 1)}
	w.ward = ward{w: w, owed: make(map[string]debt), candidates: make(map[place]*candidate)}
	w.keeper = keeper{w: w, holds: make(map[place]*hold), spoken: make(map[place]uint64)}
	w.heir.w = w
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w, nil
}

// subject is where one life of a worker is told, and told of itself.
func (w *Witness) subject(at place) string {
	return fmt.Sprintf("_ioserver.%s.witness1.%x.%d.%x", w.o.Cluster, at.Boot, at.Slot, at.Life)
}

// Start begins to hear and to speak. It does not wait for a server. Once only.
func (w *Witness) Start() (err error) {
	if w.sub, err = w.b.Subscribe(w.subject(w.self), w.receive); err != nil {
		return fmt.Errorf("witness: start: %w", err)
	}
	if err = w.heir.enter(w.o.Left); err != nil {
		return fmt.Errorf("witness: start: %w", err)
	}
	w.wg.Go(w.run)
	return nil
}

// noted counts what the estate has not taken.
func (w *Witness) noted(err error) {
	if err == nil {
		return
	}
	w.counters.overflows.Add(1)
	w.unnoted.Do(func() {
		w.logger.Warn("what is to be told of a socket if this worker dies is not noted for its successor", "error", err)
	})
}

// Owe notes what is to be told if this worker dies, or replaces it. The bytes
// are kept.
func (w *Witness) Owe(id string, farewell []byte) {
	if id == "" || len(id) > longestID || len(farewell) > longestFarewell {
		w.counters.overflows.Add(1)
		return
	}
	w.ward.owe(id, farewell)
}

// Settled forgets it.
func (w *Witness) Settled(id string) { w.ward.settled(id) }

// Member hears who comes and goes, of the roster, in order. It does not block,
// and calls nothing.
func (w *Witness) Member(m roster.Member, alive bool) {
	w.mu.Lock()
	w.news = append(w.news, news{m, alive})
	w.mu.Unlock()
	w.wake()
}

func (w *Witness) wake() {
	select {
	case w.soon <- struct{}{}:
	default:
	}
}

func (w *Witness) connected() bool { return w.b.ServerID() != "" }

func (w *Witness) run() {
	ticker := time.NewTicker(w.o.Beat)
	defer ticker.Stop()
	defer w.heir.end()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.soon:
			w.heed()
		case <-ticker.C:
			w.ward.beat()
			if w.connected() {
				w.keeper.tick()
				w.heir.beat()
			}
		}
	}
}

// heed takes up what others have noted.
func (w *Witness) heed() {
	w.mu.Lock()
	all, words, late, again := w.news, w.words, w.late, w.again
	w.news, w.words, w.late, w.again = nil, nil, nil, false
	w.mu.Unlock()
	for _, f := range late {
		w.heir.heard(f)
	}
	for _, f := range words {
		again = w.ward.hearSpoken(f) || again
	}
	for _, n := range all {
		if !n.alive {
			w.speakFor(n.member)
		}
		w.ward.member(n.member, n.alive)
	}
	if again {
		w.ward.tellAll()
	}
}

// farewell is what somebody owed who is gone; told hears that it has been said.
type farewell struct {
	text []byte
	told func()
}

// speakFor tells what somebody owed who is gone.
func (w *Witness) speakFor(m roster.Member) {
	texts := w.keeper.died(placeOf(m))
	if len(texts) == 0 {
		return
	}
	w.logger.Info("tells the end of the sockets of a worker that is gone", "node", m.ID, "of_slot", m.Slot, "sockets", len(texts))
	all := make([]farewell, len(texts))
	for i, text := range texts {
		all[i] = farewell{text, func() {}}
	}
	w.speak(all)
}

// speak has a goroutine tell them.
func (w *Witness) speak(all []farewell) {
	w.mu.Lock()
	if w.speaking++; w.speaking == 1 {
		w.idle = make(chan struct{})
	}
	w.mu.Unlock()
	w.wg.Go(func() {
		w.tell(all)
		w.mu.Lock()
		if w.speaking--; w.speaking == 0 {
			close(w.idle)
		}
		w.mu.Unlock()
	})
}

// tell tells several at a time.
func (w *Witness) tell(all []farewell) {
	var next atomic.Int64
	var speaking sync.WaitGroup
	for range min(speakers, len(all)) {
		speaking.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(all); i = next.Add(1) - 1 {
				if err := w.o.Tell(w.ctx, all[i].text); err != nil {
					w.counters.lost.Add(1)
					continue
				}
				w.counters.told.Add(1)
				all[i].told()
			}
		})
	}
	speaking.Wait()
}

// receive takes a frame, on the bus's goroutine.
func (w *Witness) receive(m broker.Message) {
	f, err := parse(m.Data)
	if err != nil {
		w.counters.malformed.Add(1)
		return
	}
	again := false
	switch f.kind {
	case kindKept:
		again = w.ward.kept(f)
	case kindSpoken:
		w.mu.Lock()
		w.words = append(w.words, f)
		w.mu.Unlock()
		w.wake()
	default:
		if answer := w.keeper.hear(f); answer != nil {
			_ = w.b.Publish(w.subject(f.from), answer) // unheard, the next beat asks again
		}
	}
	if again {
		w.mu.Lock()
		w.again = true
		w.mu.Unlock()
		w.wake()
	}
}

// Settle waits until what others owed has been told, or ctx ends.
func (w *Witness) Settle(ctx context.Context) {
	w.mu.Lock()
	idle, speaking := w.idle, w.speaking > 0
	w.mu.Unlock()
	if !speaking {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// Close ends what is being told, and waits for the goroutines. What is still
// owed remains so: the witness tells it when this worker is gone.
func (w *Witness) Close() error {
	w.cancel()
	var err error
	if w.sub != nil {
		err = w.sub.Unsubscribe()
	}
	w.wg.Wait()
	return errors.Join(err, w.o.Estate.Close())
}
