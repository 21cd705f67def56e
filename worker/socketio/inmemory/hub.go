package inmemory

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// ErrTaken: another server of the hub has that home.
var ErrTaken = errors.New("home is taken")

// Hub is where servers meet. The zero value is ready.
type Hub struct {
	mu      sync.RWMutex
	members map[sid.Home]*Adapter // started, and not closed
}

// Adapter is one server's end. It is made by [Hub.Join].
type Adapter struct {
	hub  *Hub
	peer socketio.Peer
	in   queue

	mu    sync.Mutex
	wants map[room]int
}

type room struct{ namespace, name string }

var _ socketio.Adapter = (*Adapter)(nil)

// Join returns the end of a server with that home, for socketio.Options.Adapter.
func (h *Hub) Join(home sid.Home) *Adapter {
	a := &Adapter{hub: h, peer: socketio.Peer{Home: home, Life: life()}, wants: make(map[room]int)}
	a.in.init()
	return a
}

// life is a random number that is not 0.
func life() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return binary.BigEndian.Uint64(b[:]) | 1
}

// Home is what Join was given.
func (a *Adapter) Home() sid.Home { return a.peer.Home }

// Start enters the hub. ErrTaken.
func (a *Adapter) Start(r socketio.Receiver) error {
	h := a.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.members[a.peer.Home] != nil {
		return fmt.Errorf("server of node %d slot %d: %w", a.peer.Home.Node, a.peer.Home.Slot, ErrTaken)
	}
	if h.members == nil {
		h.members = make(map[sid.Home]*Adapter)
	}
	for _, other := range h.members {
		other.in.push(item{from: a.peer, alive: true})
		a.in.push(item{from: other.peer, alive: true})
	}
	h.members[a.peer.Home] = a
	a.in.start(r)
	return nil
}

// closed reports that a is not in the hub. h.mu is held.
func (h *Hub) closed(a *Adapter) bool { return h.members[a.peer.Home] != a }

// now is closed: there is nobody to wait for.
var now = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Want has messages for a room come here, at once.
func (a *Adapter) Want(namespace, name string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wants[room{namespace, name}]++
	return now
}

// Unwant takes a Want back.
func (a *Adapter) Unwant(namespace, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := room{namespace, name}
	if a.wants[k]--; a.wants[k] <= 0 {
		delete(a.wants, k)
	}
}

func (a *Adapter) wanted(namespace string, rooms []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range rooms {
		if a.wants[room{namespace, name}] > 0 {
			return true
		}
	}
	return len(rooms) == 0
}

// Publish sends to the servers that want one of the rooms, or to all.
func (a *Adapter) Publish(namespace string, rooms []string, data []byte) error {
	h := a.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.closed(a) {
		return socketio.ErrClosed
	}
	for _, other := range h.members {
		if other != a && other.wanted(namespace, rooms) {
			other.in.push(item{from: a.peer, data: bytes.Clone(data), alive: true, message: true})
		}
	}
	return nil
}

// Direct sends to one server.
func (a *Adapter) Direct(to sid.Home, data []byte) error {
	h := a.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.closed(a) {
		return socketio.ErrClosed
	}
	if other := h.members[to]; other != nil && other != a {
		other.in.push(item{from: a.peer, data: bytes.Clone(data), alive: true, message: true})
	}
	return nil
}

// Peers are the other servers in the hub.
func (a *Adapter) Peers() []socketio.Peer {
	a.hub.mu.RLock()
	defer a.hub.mu.RUnlock()
	var all []socketio.Peer
	for _, other := range a.hub.members {
		if other != a {
			all = append(all, other.peer)
		}
	}
	return all
}

// Met is closed: Peers lists all from the start.
func (a *Adapter) Met() <-chan struct{} { return now }

// Lost is how many messages were dropped because the server was too far behind.
func (a *Adapter) Lost() uint64 { return a.in.lost.Load() }

// Close leaves the hub. Not to be called by the Receiver.
func (a *Adapter) Close() error {
	h := a.hub
	h.mu.Lock()
	if !h.closed(a) {
		delete(h.members, a.peer.Home)
		for _, other := range h.members {
			other.in.push(item{from: a.peer})
		}
	}
	h.mu.Unlock()
	a.in.close()
	return nil
}
