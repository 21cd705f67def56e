package inmemory_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/adaptertest"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	adaptertest.Run(t, func(testing.TB) adaptertest.Join {
		var hub inmemory.Hub
		return func(_ testing.TB, home sid.Home) socketio.Adapter { return hub.Join(home) }
	})
}

func TestTaken(t *testing.T) {
	var hub inmemory.Hub
	a, b := hub.Join(sid.Home{Slot: 1}), hub.Join(sid.Home{Slot: 1})
	if err := a.Start(nobody{}); err != nil {
		t.Fatal(err)
	}
	if err := b.Start(nobody{}); !errors.Is(err, inmemory.ErrTaken) {
		t.Errorf("the second: %v", err)
	}
	_ = b.Close()
	if err := a.Publish("/", nil, nil); err != nil {
		t.Errorf("the first after the second's end: %v", err)
	}
	_ = a.Close()
}

type nobody struct{}

func (nobody) Receive(socketio.Peer, []byte)   {}
func (nobody) PeerChanged(socketio.Peer, bool) {}

// blocked is a receiver that waits to be let go, and then counts.
type blocked struct {
	nobody
	let  chan struct{}
	last chan struct{} // closed with the message of one byte
	n    int
}

func (b *blocked) Receive(_ socketio.Peer, data []byte) {
	<-b.let
	b.n++
	if len(data) == 1 {
		close(b.last)
	}
}

// Over the bound messages are dropped and counted, until it is behind no more.
func TestOverflow(t *testing.T) {
	const extra = 10
	var hub inmemory.Hub
	a, b := hub.Join(sid.Home{Slot: 1}), hub.Join(sid.Home{Slot: 2})
	r := &blocked{let: make(chan struct{}), last: make(chan struct{})}
	if err := errors.Join(a.Start(nobody{}), b.Start(r)); err != nil {
		t.Fatal(err)
	}
	for range inmemory.QueueMessages + extra {
		_ = a.Direct(b.Home(), nil)
	}
	if n := b.Lost(); n != extra {
		t.Errorf("%d lost, want %d", n, extra)
	}
	close(r.let)
	for lost := b.Lost(); ; { // until one is taken
		_ = a.Direct(b.Home(), []byte{1})
		if b.Lost() == lost {
			break
		}
		lost = b.Lost()
		runtime.Gosched()
	}
	select {
	case <-r.last:
	case <-time.After(time.Minute):
		t.Fatal("the last message has not come")
	}
	_, _ = a.Close(), b.Close()
	if want := inmemory.QueueMessages + 1; r.n != want {
		t.Errorf("%d received, want %d", r.n, want)
	}
}
