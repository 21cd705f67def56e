package worker_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/socketio"
)

// The end answers whoever waits with a closed transport, not with Socket.IO's
// farewell, and lets handlers know.
func TestStop(t *testing.T) {
	n, gone := begin(t), make(chan string, 10)
	n.start(0, echo(gone))
	q := n.session(0)
	waiting := n.poll(0, "GET", q, "")
	n.poll(0, "POST", q, `42["none"]`).expect(200, "ok")
	n.stop(0)
	waiting.expect(200, "1")
	reason(t, gone, "server shutting down")
}

// A worker that does not know the bus yet does not serve, but ends when told.
func TestStopBeforeTheBus(t *testing.T) {
	n := begin(t)
	n.launch(0, fdpass.Bus{Cluster: "test"}, func(*socketio.Server) { t.Error("serves without a bus's address") })
	n.stop(0)
}

// It begins when it hears where the bus is.
func TestBusComesLater(t *testing.T) {
	n := begin(t)
	n.launch(0, fdpass.Bus{Cluster: "test"})
	waiting := n.poll(0, "GET", "", "")
	n.tell(0, fdpass.Bus{URLs: []string{"nats://127.0.0.1:1"}, Cluster: "test"})
	if m := n.hear(0); m != (fdpass.Ready{}) {
		t.Errorf("says %+v", m)
	}
	waiting.expect(200, `0{"sid":"`)
}

// A worker that cannot begin says why.
func TestFailsToBegin(t *testing.T) {
	n := begin(t)
	n.launch(0, fdpass.Bus{URLs: []string{"nats://%zz"}, Cluster: "test"})
	if m, ok := n.hear(0).(fdpass.Failed); !ok || m.Exit != 1 || m.Message == "" {
		t.Errorf("says %+v", m)
	}
	select {
	case err := <-n.slots[0].ended:
		if err == nil {
			t.Error("ended as if all were well")
		}
	case <-time.After(patience):
		t.Fatal("does not end")
	}
	_ = n.slots[0].control.Close()
	n.slots[0].control = nil
}
