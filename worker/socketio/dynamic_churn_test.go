package socketio_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Clients have namespaces made, fill and leave them on two workers, while
// handlers are registered, all are emitted to, and every listener listens.
// Afterwards no namespace is left, and whatever began has ended.
func TestDynamicChurn(t *testing.T) {
	var opened, closed, rooms, members atomic.Int64
	var parents []*socketio.ParentNamespace
	watch := func(p *socketio.ParentNamespace) {
		parents = append(parents, p)
		p.OnConnection(func(s *socketio.Socket) { opened.Add(1); _ = s.Join(fmt.Sprint(rand.IntN(3))) })
		p.OnDisconnect(func(*socketio.Socket, string) { closed.Add(1) })
		p.On("do", func(s *socketio.Socket, e *socketio.Event) {
			_ = s.Namespace().To(fmt.Sprint(rand.IntN(3))).Emit("m", e.Args())
		})
		p.OnAny(func(s *socketio.Socket, _ *socketio.Event) { _ = s.Context() })
		p.UseEvent(func(*socketio.Socket, *socketio.Event) error { return nil })
		p.OnAnyOutgoing(func(_ *socketio.Socket, o *socketio.Outgoing) {
			if o.Name() != "m" && o.Name() != "all" {
				t.Errorf("sent %q", o.Name())
			}
		})
		p.OnRoom(func(e socketio.RoomEvent) {
			change := map[socketio.RoomEventKind][2]int64{
				socketio.RoomCreated: {1, 0}, socketio.RoomDeleted: {-1, 0}, socketio.RoomJoined: {0, 1}, socketio.RoomLeft: {0, -1},
			}[e.Kind]
			rooms.Add(change[0])
			members.Add(change[1])
		})
	}
	hub := cluster(t, 2, func(s *socketio.Server) {
		watch(s.OfRegexp(regexp.MustCompile(`^/r\d$`)))
		watch(s.OfFunc(func(name string, _ socketio.Handshake) bool { return name != "/f3" }))
	}, func(o *socketio.Options) { o.CleanupEmptyNamespaces = true })

	stop := make(chan struct{})
	var rest, all sync.WaitGroup
	rest.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			p := parents[i%len(parents)]
			_ = p.Emit("all")
			_ = hub[i%2].Of("/r1").Emit("all")
			if i < 50 {
				p.On(fmt.Sprint("late", i), func(*socketio.Socket, *socketio.Event) {})
			}
		}
	})
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				c := dial(t, hub[i%2].addr, 4, "")
				reading := make(chan struct{})
				go func() {
					defer close(reading)
					for {
						if _, err := c.read(); err != nil {
							return
						}
					}
				}()
				for range rand.IntN(4) {
					name := fmt.Sprintf("/%c%d", "rf"[rand.IntN(2)], rand.IntN(4))
					c.trySend("40" + name + ",")
					if rand.IntN(2) == 0 { // too early where a function is asked
						c.trySend("42" + name + `,["do",1]`)
					}
				}
				_ = c.conn.Close()
				<-reading
			}
		})
	}
	all.Wait()
	close(stop)
	rest.Wait()
	for i, n := range hub {
		until(t, "all sockets have ended", func() bool { return n.Stats().Sockets == 0 })
		n.Of("/r1") // that the application has made stays
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if st := n.Stats(); st.DynamicNamespaces > 1 || st.Memberships != 0 || st.Panics != 0 || st.BusMalformed != 0 {
			t.Errorf("worker %d: %+v", i, st)
		}
	}
	if opened.Load() == 0 || opened.Load() != closed.Load() || rooms.Load() != 0 || members.Load() != 0 {
		t.Errorf("%d connections, %d disconnections, %d rooms and %d members left", opened.Load(), closed.Load(), rooms.Load(), members.Load())
	}
}
