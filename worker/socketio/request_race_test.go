package socketio_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

// interposed is an Adapter that does something when a worker is about to ask
// whom, or about to hear an answer.
type interposed struct {
	*inmemory.Adapter
	socketio.Receiver
	peers, answer sync.Once
	onPeers       func()
	onAnswer      func()
	gone          chan struct{} // closed once it was told that a peer has gone
}

func (i *interposed) Start(r socketio.Receiver) error {
	i.Receiver = r
	return i.Adapter.Start(i)
}

func (i *interposed) Peers() []socketio.Peer {
	all := i.Adapter.Peers()
	if i.onPeers != nil && len(all) > 0 {
		i.peers.Do(i.onPeers)
	}
	return all
}

func (i *interposed) Receive(from socketio.Peer, data []byte) {
	if i.onAnswer != nil {
		i.answer.Do(i.onAnswer)
	}
	i.Receiver.Receive(from, data)
}

func (i *interposed) PeerChanged(p socketio.Peer, alive bool) {
	i.Receiver.PeerChanged(p, alive)
	if !alive && i.gone != nil {
		close(i.gone)
	}
}

// A worker that goes after it was counted among those to ask, and before the
// request is there to be told of it, is not waited for.
func TestWorkerGoneWhileAsking(t *testing.T) {
	for name, ask := range map[string]func(context.Context, *socketio.Namespace) error{
		"emit":  func(ctx context.Context, n *socketio.Namespace) error { _, err := n.EmitWithAck(ctx, "q"); return err },
		"fetch": func(ctx context.Context, n *socketio.Namespace) error { _, err := n.FetchSockets(ctx); return err },
		"server side": func(ctx context.Context, n *socketio.Namespace) error {
			_, err := n.ServerSideEmitWithAck(ctx, "q")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var hub inmemory.Hub
			a := &interposed{Adapter: hub.Join(sid.Home{Slot: 1}), gone: make(chan struct{})}
			other := &liar{Adapter: hub.Join(sid.Home{Slot: 2}), asked: make(chan []byte, 10)}
			a.onPeers = func() {
				_ = other.Close()
				<-a.gone
			}
			s, _ := start(t, socketio.Options{Adapter: a, Key: clusterKey}, nil)
			if err := other.Start(other); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := ask(ctx, s.Of("/")); !errors.Is(err, socketio.ErrWorkerGone) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Many sockets that end while they are told of, so many that a whole part of the
// answer would have nobody in it, do not end the answer.
func TestFetchWhileManyEnd(t *testing.T) {
	const many = 1100 // more than two batches of the loop's
	var hub inmemory.Hub
	a := &interposed{Adapter: hub.Join(sid.Home{Slot: 1})}
	s, _ := start(t, socketio.Options{Adapter: a, Key: clusterKey}, nil)
	other, addr := start(t, socketio.Options{Adapter: hub.Join(sid.Home{Slot: 2}), Key: clusterKey}, nil)
	for range many {
		m, err := joinCrowd(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer m.conn.Close()
	}
	a.onAnswer = func() { // on the bus: the next part is asked for after it
		_ = other.Of("/").Local().DisconnectSockets(true)
		until(t, "they are gone", func() bool { return other.Stats().Sockets == 0 })
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sockets, err := s.FetchSockets(ctx)
	if err != nil || len(sockets) == 0 || len(sockets) == many {
		t.Errorf("%d sockets, %v", len(sockets), err)
	}
}
