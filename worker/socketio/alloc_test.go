//go:build !race

// The race detector makes a sync.Pool forget at random.

package socketio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// An event and its acknowledgement are one allocation each: what the handler
// may keep, and what is sent.
func TestEchoAllocations(t *testing.T) {
	const most = 2
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		for _, name := range []string{"/", "/chat"} {
			s.Of(name).On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		}
	})
	for _, namespace := range []string{"/", "/chat"} {
		for _, size := range []int{0, 60, 300, 800} {
			for _, flight := range []int{1, 16} {
				t.Run(fmt.Sprintf("%s/%d/%d", namespace, size, flight), func(t *testing.T) {
					e := newEcho(t, addr, namespace, size, flight)
					if n := testing.AllocsPerRun(500, e.round); n > float64(most*flight) {
						t.Errorf("%v allocations for %d events", n, flight)
					}
				})
			}
		}
	}
}

// Who listens to all events costs nothing, nor does who listens to what an
// acknowledgement is not.
func TestInterceptAllocations(t *testing.T) {
	const most, flight = 2, 16
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		ns.OnAny(func(*socketio.Socket, *socketio.Event) {})
		ns.UseEvent(func(*socketio.Socket, *socketio.Event) error { return nil })
		ns.OnAnyOutgoing(func(*socketio.Socket, *socketio.Outgoing) {})
		ns.OnRoom(func(socketio.RoomEvent) {})
	})
	e := newEcho(t, addr, "/", 60, flight)
	if n := testing.AllocsPerRun(500, e.round); n > most*flight {
		t.Errorf("%v allocations for %d events", n, flight)
	}
}

// What a broadcast allocates does not depend on how many receive it.
func TestBroadcastAllocations(t *testing.T) {
	const few, many = 10, 210
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { _ = s.Join("room") })
	})
	var clients []*rawClient
	var allocations [2]float64
	for i, members := range []int{few, many} {
		for len(clients) < members {
			clients = append(clients, rawConnect(t, addr))
		}
		room, args := s.Of("/").To("room"), &socketio.Args{JSON: []byte(`["` + strings.Repeat("x", 100) + `"]`)}
		size := frameSize(len(`42["m","`) + 100 + len(`"]`))
		allocations[i] = testing.AllocsPerRun(100, func() {
			if err := room.Emit("m", args); err != nil {
				t.Fatal(err)
			}
			for _, c := range clients {
				c.read(t, size)
			}
		})
	}
	if more := allocations[1] - allocations[0]; more/(many-few) > 0.01 {
		t.Errorf("%v allocations for %d members, %v for %d", allocations[0], few, allocations[1], many)
	}
}
