package brokertest

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// states collects a broker's states.
func states(b broker.Broker) chan broker.State {
	c := make(chan broker.State, 100)
	b.OnState(func(s broker.State) { c <- s })
	return c
}

func awaitState(t *testing.T, c chan broker.State, want broker.Condition) broker.State {
	t.Helper()
	for {
		if s := await(t, c, "state "+want.String()); s.Condition == want {
			return s
		}
	}
}

func testInterruption(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	events := make(chan string, 100)
	b.OnGap(func() { events <- "gap" })
	subscribe(t, b, "x", func(m broker.Message) { events <- string(m.Data) })
	state := states(b)
	awaitState(t, state, broker.Connected)
	publish(t, a, "x", "before")
	if e := await(t, events, "message"); e != "before" {
		t.Fatalf("got %s", e)
	}
	generation := b.Generation()

	bus.Cut(b)
	awaitState(t, state, broker.Disconnected)
	if err := b.Publish("x", nil); !errors.Is(err, broker.ErrDisconnected) {
		t.Errorf("publish without a server: %v", err)
	}
	if b.Stats().Refused != 1 {
		t.Errorf("refused %d", b.Stats().Refused)
	}
	short, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	if err := b.Flush(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("flush without a server: %v", err)
	}
	cancel()
	publish(t, a, "x", "missed")
	flush(t, a)
	sub := make(chan broker.Message, 1)
	if _, err := b.Subscribe("y", func(m broker.Message) { sub <- m }); err != nil {
		t.Fatalf("subscribe without a server: %v", err)
	}

	bus.Mend(b)
	flush(t, b)
	if b.Generation() == generation {
		t.Error("the generation is the same")
	}
	publish(t, a, "x", "after")
	publish(t, a, "y", "new")
	for _, want := range []string{"gap", "after"} {
		if e := await(t, events, want); e != want {
			t.Errorf("got %s, want %s", e, want)
		}
	}
	await(t, sub, "message of a subscription made without a server")
	awaitState(t, state, broker.Connected)
	publish(t, b, "x", "works")
	if s := b.Stats(); s.Gaps != 1 || s.Connects != 2 {
		t.Errorf("gaps %d, connects %d", s.Gaps, s.Connects)
	}
}

func testStates(t *testing.T, bus Bus) {
	b := bus.Connect(t)
	flush(t, b) // it may still be on its way
	c := states(b)
	if s := await(t, c, "first state"); s.Condition != broker.Connected || s.Server == "" {
		t.Errorf("first state %+v", s)
	}
	for range 3 {
		bus.Cut(b)
		if s := awaitState(t, c, broker.Disconnected); s.Err == nil {
			t.Error("disconnected for no reason")
		}
		bus.Mend(b)
		awaitState(t, c, broker.Connected)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	awaitState(t, c, broker.Closed)
	if len(c) != 0 {
		t.Errorf("%+v after closed", <-c)
	}
}

// testServer: two members of a bus are on one server, which has a name while
// they are connected to it.
func testServer(t *testing.T, bus Bus) {
	a, b := connect(t, bus), bus.Connect(t)
	flush(t, a)
	flush(t, b)
	if a.ServerID() == "" || a.ServerID() != b.ServerID() {
		t.Errorf("servers %q and %q", a.ServerID(), b.ServerID())
	}
	c := states(b)
	bus.Cut(b)
	awaitState(t, c, broker.Disconnected)
	if id := b.ServerID(); id != "" {
		t.Errorf("server %q of nobody", id)
	}
	bus.Mend(b)
	flush(t, b)
	if b.ServerID() == "" {
		t.Error("connected again, to no server")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if id := b.ServerID(); id != "" {
		t.Errorf("server %q after the end", id)
	}
}

// testSlow: a handler that blocks loses messages, in one piece and with a gap in
// its place; afterwards all is well.
func testSlow(t *testing.T, bus Bus) {
	const size = 16 << 10
	if bus.Flood == 0 {
		t.Skip("too much to flood")
	}
	a, b := connect(t, bus), connect(t, bus)
	release := make(chan struct{})
	events := make(chan int64, 1<<16) // number of a message, or -1
	b.OnGap(func() { events <- -1 })
	entered := make(chan struct{}, 1<<16)
	subscribe(t, b, "slow", func(m broker.Message) {
		entered <- struct{}{}
		<-release
		events <- int64(binary.BigEndian.Uint64(m.Data))
	})
	data := make([]byte, size)
	sent := int64(0)
	send := func() {
		binary.BigEndian.PutUint64(data, uint64(sent))
		err := a.Publish("slow", data)
		for errors.Is(err, broker.ErrOverflow) {
			flush(t, a)
			err = a.Publish("slow", data)
		}
		if err != nil {
			t.Fatalf("publish: %v", err)
		}
		sent++
	}
	send()
	await(t, entered, "first message")
	for range bus.Flood / size {
		send()
	}
	flush(t, a)
	close(release)
	next := int64(0)
	for e := int64(0); e >= 0; next++ {
		if e = await(t, events, "gap"); e >= 0 && e != next {
			t.Fatalf("got %d, want %d, without a gap", e, next)
		}
	}
	if next > sent {
		t.Fatalf("%d of %d messages, and a gap", next-1, sent)
	}
	flush(t, b)
	first := sent
	send()
	for e := int64(-1); e < first; {
		e = await(t, events, "message after the gap")
	}
	if s := b.Stats(); s.Gaps == 0 {
		t.Error("no gap counted")
	}
}

func testClose(t *testing.T, bus Bus) {
	a, b := connect(t, bus), bus.Connect(t)
	h, _ := collect()
	s := subscribe(t, b, "x", h)
	waiting := make(chan error, 1)
	asked := make(chan struct{}, 1)
	subscribe(t, a, "deaf", func(broker.Message) { asked <- struct{}{} })
	go func() {
		_, err := b.Request(context.Background(), "deaf", nil)
		waiting <- err
	}()
	await(t, asked, "request")
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := await(t, waiting, "end of the request"); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("request under way: %v", err)
	}
	if err := b.Publish("x", nil); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("publish: %v", err)
	}
	if _, err := b.Subscribe("x", h); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("subscribe: %v", err)
	}
	if _, err := b.Request(patient(t), "x", nil); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("request: %v", err)
	}
	if err := b.Flush(patient(t)); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("flush: %v", err)
	}
	if err := b.Sync(patient(t), func() {}); !errors.Is(err, broker.ErrClosed) {
		t.Errorf("sync: %v", err)
	}
	if err := s.Unsubscribe(); err != nil && !errors.Is(err, broker.ErrClosed) {
		t.Errorf("unsubscribe: %v", err)
	}
}
