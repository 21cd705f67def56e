package brokertest

import (
	"context"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// Patience is how long a test waits for an event that must come.
const Patience = 20 * time.Second

// Bus is one bus, with nobody connected yet.
type Bus struct {
	Connect func(t *testing.T) broker.Broker // a connected member; the suite closes it
	Cut     func(b broker.Broker)            // interrupts one member's connection
	Mend    func(b broker.Broker)            // and lets it connect again
	Flood   int                              // bytes to a blocked handler that are certainly too many; 0: do not try
}

// Run runs the suite, each test on a bus of its own.
func Run(t *testing.T, open func(t *testing.T) Bus) {
	tests := []struct {
		name string
		f    func(*testing.T, Bus)
	}{
		{"Publish", testPublish},
		{"NoEcho", testNoEcho},
		{"Wildcards", testWildcards},
		{"BadSubjects", testBadSubjects},
		{"OrderAcrossSubscriptions", testOrder},
		{"SubscribedAfterFlush", testFlush},
		{"Sync", testSync},
		{"Groups", testGroups},
		{"Unsubscribe", testUnsubscribe},
		{"Large", testLarge},
		{"LargeFromMany", testLargeFromMany},
		{"Request", testRequest},
		{"RequestNobody", testRequestNobody},
		{"RequestGivenUp", testRequestGivenUp},
		{"RequestWithinHandler", testRequestWithin},
		{"RequestLarge", testRequestLarge},
		{"Interruption", testInterruption},
		{"States", testStates},
		{"Server", testServer},
		{"SlowHandler", testSlow},
		{"Close", testClose},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.f(t, open(t)) })
	}
}

// connect is Connect with a Close at the test's end.
func connect(t *testing.T, bus Bus) broker.Broker {
	t.Helper()
	b := bus.Connect(t)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// subscribe is Subscribe and Flush.
func subscribe(t *testing.T, b broker.Broker, subject string, h func(broker.Message)) broker.Subscription {
	t.Helper()
	s, err := b.Subscribe(subject, h)
	if err != nil {
		t.Fatalf("subscribe %s: %v", subject, err)
	}
	flush(t, b)
	return s
}

func flush(t *testing.T, b broker.Broker) {
	t.Helper()
	if err := b.Flush(patient(t)); err != nil {
		t.Fatalf("flush: %v", err)
	}
}

func publish(t *testing.T, b broker.Broker, subject, data string) {
	t.Helper()
	if err := b.Publish(subject, []byte(data)); err != nil {
		t.Fatalf("publish %s: %v", subject, err)
	}
}

// patient is a context for what must happen.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// await receives what must come.
func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(Patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// collect returns a handler that passes messages on.
func collect() (func(broker.Message), chan broker.Message) {
	c := make(chan broker.Message, 1<<16)
	return func(m broker.Message) { c <- m }, c
}
