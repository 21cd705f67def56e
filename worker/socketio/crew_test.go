package socketio_test

import (
	"context"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/worker/socketio"
)

// crew is what workers of a test are made from.
type crew struct {
	connect func() broker.Broker
	beat    time.Duration // of the feed; 0: a short one
	options socketio.Options
}

// overBuses runs a test over the memory broker, and over a NATS server.
func overBuses(t *testing.T, test func(*testing.T, crew)) {
	t.Run("memory", func(t *testing.T) {
		hub := broker.NewHub()
		test(t, crew{connect: func() broker.Broker { return hub.Connect() }})
	})
	t.Run("nats", func(t *testing.T) { test(t, crew{connect: natsBus(t)}) })
}

// natsBus starts a NATS server, and returns what connects to it.
func natsBus(t testing.TB) func() broker.Broker {
	t.Helper()
	c := embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, c, func(url string) { urls <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	url := receive(t, urls)
	return func() broker.Broker {
		b, err := broker.ConnectNATS(broker.NATSOptions{Servers: []string{url}, User: c.Internal.User, Secret: c.Internal.Secret})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// sailor is one worker of a crew.
type sailor struct {
	*socketio.Server
	addr string
	feed *feed.Feed
	bus  broker.Broker
}

// enlist starts a worker, which knows nobody yet.
func (c crew) enlist(t testing.TB, slot uint8, set func(*socketio.Server)) *sailor {
	t.Helper()
	bus := c.connect()
	t.Cleanup(func() { _ = bus.Close() })
	o := feed.Options{Cluster: "test", Origin: feed.Origin{Node: 3, Slot: slot}, Beat: c.beat}
	if c.beat == 0 { // to know each other soon, and to take nobody for dead that has to wait for a processor
		o.Beat, o.DeadBeats = 100*time.Millisecond, 50
	}
	f, err := feed.New(bus, o)
	if err != nil {
		t.Fatal(err)
	}
	options := c.options
	options.Feed, options.Key = f, clusterKey
	s, addr := start(t, options, set)
	return &sailor{s, addr, f, bus}
}

// hire starts n workers that know each other.
func (c crew) hire(t testing.TB, n int, set func(int, *socketio.Server)) []*sailor {
	t.Helper()
	var all []*sailor
	for i := range n {
		all = append(all, c.enlist(t, uint8(i), func(s *socketio.Server) { set(i, s) }))
	}
	until(t, "all know each other", func() bool {
		for _, s := range all {
			alive := 0
			for _, p := range s.feed.Peers() {
				if p.Alive {
					alive++
				}
			}
			if alive != n-1 {
				return false
			}
		}
		return true
	})
	return all
}

func serveAllRooms(_ int, s *socketio.Server) { serveRooms(s) }
