package socketio_test

import (
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/adaptertest"
)

// The adapter over a feed passes what every adapter has to.
func TestFeedAdapterConforms(t *testing.T) {
	join := func(connect func() broker.Broker) adaptertest.Join {
		return func(t testing.TB, home sid.Home) socketio.Adapter {
			bus := connect()
			t.Cleanup(func() { _ = bus.Close() })
			f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Node: home.Node, Slot: home.Slot}})
			if err != nil {
				t.Fatal(err)
			}
			return socketio.NewFeedAdapter(f, nil)
		}
	}
	t.Run("memory", func(t *testing.T) {
		adaptertest.Run(t, func(testing.TB) adaptertest.Join {
			hub := broker.NewHub()
			return join(func() broker.Broker { return hub.Connect() })
		})
	})
	t.Run("nats", func(t *testing.T) {
		adaptertest.Run(t, func(t testing.TB) adaptertest.Join { return join(natsBus(t)) })
	})
}
