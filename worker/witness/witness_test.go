package witness_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/worker/witness"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// bus is a NATS server, and the workers on it.
type bus struct {
	t      *testing.T
	url    string
	config embedded.Config
	stop   func()
	said   said
}

// said is what has been told, and how often.
type said struct {
	mu    sync.Mutex
	times map[string]int
}

func (s *said) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.times[text]++
}

func (s *said) count() (different, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.times {
		all += n
	}
	return len(s.times), all
}

func newBus(t *testing.T) *bus {
	t.Helper()
	b := &bus{t: t, said: said{times: make(map[string]int)}}
	b.config = embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// start begins the server, at the address that it had before.
func (b *bus) start() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, b.config, func(url string) { urls <- url }) }()
	b.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
		b.stop = func() {}
	}
	select {
	case b.url = <-urls:
	case <-time.After(patience):
		b.t.Fatal("no NATS server")
	}
	at, err := url.Parse(b.url)
	if err == nil {
		b.config.Port, err = strconv.Atoi(at.Port())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// worker is a Witness with its own connection.
type worker struct {
	*witness.Witness
	t        *testing.T
	member   roster.Member
	nats     *broker.NATS
	disowned said
	ended    bool
}

func (b *bus) worker(boot uint64, slot uint8, with ...func(*witness.Options)) *worker {
	b.t.Helper()
	w := &worker{t: b.t, disowned: said{times: make(map[string]int)}}
	w.member = roster.Member{Node: roster.Node{ID: uint16(boot), Boot: boot, Slots: 8}, Slot: slot, Life: 1}
	var err error
	w.nats, err = broker.ConnectNATS(broker.NATSOptions{Servers: []string{b.url}, User: b.config.Internal.User, Secret: b.config.Internal.Secret})
	if err != nil {
		b.t.Fatal(err)
	}
	o := witness.Options{
		Cluster: "test", Self: w.member, Beat: 20 * time.Millisecond,
		Tell:   func(_ context.Context, farewell []byte) error { b.said.note(string(farewell)); return nil },
		Disown: w.disowned.note,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, change := range with {
		change(&o)
	}
	w.member = o.Self
	w.Witness, err = witness.New(w.nats, o)
	if err == nil {
		err = w.Start()
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = w.nats.Flush(ctx)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(w.end)
	return w
}

// end is a death, as far as others hear.
func (w *worker) end() {
	if w.ended {
		return
	}
	w.ended = true
	if err := w.Close(); err != nil {
		w.t.Error(err)
	}
	if err := w.nats.Close(); err != nil {
		w.t.Error(err)
	}
}

// meet has all hear of each other.
func meet(all ...*worker) {
	for _, w := range all {
		for _, other := range all {
			if other != w {
				w.Member(other.member, true)
			}
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func (w *worker) owes(from, to int) {
	for i := from; i < to; i++ {
		w.Owe(fmt.Sprint("id", i), []byte(fmt.Sprint("farewell ", i)))
	}
}

// What a worker owed when it died is told once, by one of the others: what came
// before it had a witness, what came later, without what it told itself.
func TestWorkerDies(t *testing.T) {
	b := newBus(t)
	ward, x, y := b.worker(1, 0), b.worker(1, 1), b.worker(1, 2)
	ward.owes(0, 3000)
	meet(ward, x, y)
	until(t, "there is a witness", func() bool { return ward.Stats().Witnessed })
	ward.owes(3000, 3100)
	ward.Owe("id0", []byte("another farewell"))
	until(t, "all is heard", func() bool { return x.Stats().Kept+y.Stats().Kept == 3100 }) // fewer come by half of it too
	for i := 1; i <= 50; i++ {
		ward.Settled(fmt.Sprint("id", i))
	}
	until(t, "all is kept", func() bool { return x.Stats().Kept+y.Stats().Kept == 3050 })
	ward.end()
	x.Member(ward.member, false)
	y.Member(ward.member, false)
	until(t, "all is told", func() bool { return x.Stats().Told+y.Stats().Told == 3050 })
	if different, all := b.said.count(); different != 3050 || all != 3050 || b.said.times["another farewell"] != 1 || b.said.times["farewell 50"] != 0 {
		t.Errorf("%d told, %d different", all, different)
	}
	if x.Stats().Kept+y.Stats().Kept != 0 {
		t.Error("some is kept yet")
	}
}

// A witness that dies is followed by another, which then tells.
func TestWitnessDies(t *testing.T) {
	b := newBus(t)
	ward, x, y := b.worker(1, 0), b.worker(1, 1), b.worker(1, 2)
	ward.owes(0, 10)
	meet(ward, x, y)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && x.Stats().Kept+y.Stats().Kept == 10 })
	first, second := x, y
	if y.Stats().Kept == 10 {
		first, second = y, x
	}
	first.end()
	second.Member(first.member, false)
	ward.Member(first.member, false)
	until(t, "the next one keeps it", func() bool { return second.Stats().Kept == 10 })
	ward.end()
	second.Member(ward.member, false)
	until(t, "all is told", func() bool { return second.Stats().Told == 10 })
	if different, all := b.said.count(); different != 10 || all != 10 {
		t.Errorf("%d told, %d different", all, different)
	}
}

// A worker of another machine is the better witness, also when it comes later:
// then nobody else keeps anything.
func TestOtherMachineIsBetter(t *testing.T) {
	b := newBus(t)
	ward, near := b.worker(1, 0), b.worker(1, 1)
	ward.owes(0, 10)
	meet(ward, near)
	until(t, "the near one keeps", func() bool { return near.Stats().Kept == 10 })
	far := b.worker(2, 0)
	meet(ward, near, far)
	until(t, "the far one does", func() bool { return far.Stats().Kept == 10 && near.Stats().Kept == 0 })
	ward.end()
	near.end()
	far.Member(ward.member, false)
	far.Member(near.member, false)
	until(t, "all is told", func() bool { return far.Stats().Told == 10 })
}

// One that does not answer is not relied on.
func TestDeafWitness(t *testing.T) {
	b := newBus(t)
	ward, near := b.worker(1, 0), b.worker(1, 1)
	ward.owes(0, 10)
	ward.Member(roster.Member{Node: roster.Node{ID: 9, Boot: 9, Slots: 1}, Life: 1}, true)
	meet(ward, near)
	until(t, "the near one keeps", func() bool { return near.Stats().Kept == 10 && ward.Stats().Witnessed })
}

// A worker that was taken for dead learns what was told in its name, owes it no
// more, and has a witness again.
func TestTakenForDead(t *testing.T) {
	b := newBus(t)
	ward, keeper := b.worker(1, 0), b.worker(2, 0)
	ward.owes(0, 10)
	meet(ward, keeper)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && keeper.Stats().Kept == 10 })
	keeper.Member(ward.member, false)
	until(t, "all is told", func() bool { return keeper.Stats().Told == 10 })
	until(t, "it is disowned", func() bool { return ward.Stats().Owed == 0 })
	if different, all := ward.disowned.count(); different != 10 || all != 10 {
		t.Errorf("%d disowned, %d different", all, different)
	}
	keeper.Member(ward.member, true)
	ward.owes(10, 20)
	until(t, "what is new is kept", func() bool { return ward.Stats().Witnessed && keeper.Stats().Kept == 10 })
}

// Also where it has another witness by now.
func TestTakenForDeadByAnother(t *testing.T) {
	b := newBus(t)
	ward, far := b.worker(1, 0), b.worker(2, 0)
	ward.owes(0, 10)
	meet(ward, far)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && far.Stats().Kept == 10 })
	near := b.worker(1, 1)
	ward.Member(far.member, false) // the machines do not hear each other
	meet(ward, near)
	far.Member(ward.member, false)
	until(t, "each side goes on", func() bool { return far.Stats().Told == 10 && near.Stats().Kept == 10 })
	ward.Member(far.member, true)
	far.Member(ward.member, true)
	until(t, "it is disowned", func() bool { return ward.Stats().Owed == 0 && ward.Stats().Disowned == 10 })
	until(t, "nobody keeps it", func() bool { return near.Stats().Kept+far.Stats().Kept == 0 })
}

// What was lost on the way is made good.
func TestBusInterrupted(t *testing.T) {
	b := newBus(t)
	ward, keeper := b.worker(1, 0), b.worker(2, 0)
	ward.owes(0, 10)
	meet(ward, keeper)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && keeper.Stats().Kept == 10 })
	b.stop()
	until(t, "the bus is down", func() bool { return ward.nats.ServerID() == "" })
	ward.owes(10, 20) // nobody hears of these
	ward.Settled("id0")
	b.start()
	until(t, "all is kept", func() bool { return keeper.Stats().Kept == 19 && ward.Stats().Witnessed })
}

// slow is a bus whose first Flush does not end in time.
type slow struct {
	broker.Broker
	late atomic.Bool
}

func (s *slow) Flush(ctx context.Context) error {
	if !s.late.Swap(true) {
		return context.DeadlineExceeded
	}
	return s.Broker.Flush(ctx)
}

// A bus that is slow while everything is told does not leave a part of it: what
// was not told then is told later.
func TestSlowBus(t *testing.T) {
	b := newBus(t)
	keeper, other := b.worker(2, 0), b.worker(1, 1)
	bus := &slow{Broker: other.nats}
	ward, err := witness.New(bus, witness.Options{
		Cluster: "test", Self: roster.Member{Node: roster.Node{ID: 1, Boot: 1, Slots: 8}, Life: 1}, Beat: 20 * time.Millisecond,
		Tell: func(context.Context, []byte) error { return nil }, Disown: func(string) {},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err == nil {
		err = ward.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ward.Close() }()
	const entries = 100 // of more than a megabyte
	for i := range entries {
		ward.Owe(fmt.Sprint("id", i), make([]byte, 32<<10))
	}
	ward.Member(keeper.member, true)
	until(t, "the bus is slow", bus.late.Load)
	until(t, "all is heard", func() bool { return ward.Stats().Witnessed })
	if n := keeper.Stats().Kept; n != entries {
		t.Errorf("%d of %d are kept", n, entries)
	}
}

// What is no frame is counted, and changes nothing.
func TestGarbage(t *testing.T) {
	b := newBus(t)
	ward, keeper := b.worker(1, 0), b.worker(2, 0)
	subject := fmt.Sprintf("_ioserver.test.witness1.%x.%d.%x", keeper.member.Boot, keeper.member.Slot, keeper.member.Life)
	for _, frame := range []string{"", "x", "nonsense that is as long as a header is, and longer"} {
		if err := ward.nats.Publish(subject, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "it is counted", func() bool { return keeper.Stats().Malformed == 3 })
}

// Too long an entry is refused, by a counter.
func TestLongEntry(t *testing.T) {
	b := newBus(t)
	w := b.worker(1, 0)
	w.Owe("id", make([]byte, 64<<10+1))
	w.Owe("", nil)
	if s := w.Stats(); s.Overflows != 2 || s.Owed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestBadOptions(t *testing.T) {
	b := newBus(t)
	good := witness.Options{
		Cluster: "test", Self: roster.Member{Node: roster.Node{Boot: 1}, Life: 1},
		Tell: func(context.Context, []byte) error { return nil }, Disown: func(string) {},
	}
	w := b.worker(1, 0)
	for i, spoil := range []func(*witness.Options){
		func(o *witness.Options) { o.Cluster = "" }, func(o *witness.Options) { o.Self.Boot = 0 }, func(o *witness.Options) { o.Self.Life = 0 },
		func(o *witness.Options) { o.Tell = nil }, func(o *witness.Options) { o.Disown = nil },
	} {
		o := good
		spoil(&o)
		if _, err := witness.New(w.nats, o); err == nil {
			t.Errorf("%d is taken", i)
		}
	}
	if _, err := witness.New(nil, good); err == nil {
		t.Error("no broker is taken")
	}
}
