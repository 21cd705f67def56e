package socketio_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Clients come and go, join, broadcast, break the protocol and are thrown out,
// all at once. Afterwards nothing of them is left.
func TestChurn(t *testing.T) {
	var opened, closed atomic.Int64 // as OnConnection and OnDisconnect have heard
	nodes := cluster(t, 2, func(s *socketio.Server) {
		for _, name := range []string{"/", "/b"} {
			ns := s.Of(name)
			ns.Use(func(s *socketio.Socket) error { return s.Join("early") })
			ns.OnConnection(func(s *socketio.Socket) {
				opened.Add(1)
				_ = s.Join(fmt.Sprint(rand.IntN(20)))
			})
			ns.OnDisconnect(func(s *socketio.Socket, _ string) { closed.Add(1) })
			ns.On("do", func(s *socketio.Socket, e *socketio.Event) {
				room := fmt.Sprint(rand.IntN(20))
				switch rand.IntN(8) {
				case 0:
					_ = s.Join(room, "more")
				case 1:
					_ = s.Leave(room)
				case 2:
					s.Disconnect(rand.IntN(2) == 0)
				case 3:
					_ = s.To(room, "early").Except("more").Emit("m", []byte("b"))
				case 4:
					go func() { _ = e.Ack(room) }()
				default:
					_ = s.In(room).Volatile().Emit("m", room)
				}
			})
		}
	})
	var all sync.WaitGroup
	for i := range 16 {
		node := nodes[i%2]
		all.Go(func() {
			for range 15 {
				eio := 3 + rand.IntN(2)
				c := dial(t, node.addr, eio, "")
				reading := make(chan struct{})
				go func() {
					defer close(reading)
					for {
						if _, err := c.read(); err != nil {
							return
						}
					}
				}()
				inputs := []string{"40/b,", `42["do"]`, `42["do"]`, `421["do"]`, `42/b,["do"]`, `42["do"]`, `41`, `49`}
				if eio == 4 {
					c.trySend("40")
				}
				for range rand.IntN(12) {
					c.trySend(inputs[rand.IntN(len(inputs))])
				}
				_ = c.conn.Close()
				<-reading
			}
		})
	}
	all.Wait()
	for i, n := range nodes {
		until(t, "all sockets have ended", func() bool { return n.Stats().Sockets == 0 })
		if err := n.Close(); err != nil { // returns when all handlers have
			t.Error(err)
		}
		if st := n.Stats(); st.Memberships != 0 || st.Panics != 0 || st.BusMalformed != 0 {
			t.Errorf("worker %d: %+v", i, st)
		}
	}
	if opened.Load() != closed.Load() || opened.Load() == 0 {
		t.Errorf("%d connections, %d disconnections", opened.Load(), closed.Load())
	}
}

func (c *client) trySend(text string) { _ = c.conn.WriteMessage(1, []byte(text)) }
