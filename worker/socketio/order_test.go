package socketio_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Events of each socket are handled one at a time in order, whatever the
// handlers do and however many cores there are.
func TestOrder(t *testing.T) {
	for _, procs := range []int{1, runtime.NumCPU()} {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			const clients, events = 20, 200
			var mu sync.Mutex
			running := map[string]bool{}
			next := map[string]int{}
			var wrong string
			_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
				s.Of("/").On("n", func(s *socketio.Socket, e *socketio.Event) {
					var n int
					_ = e.Decode(&n)
					mu.Lock()
					if running[s.ID()] || next[s.ID()] != n {
						wrong = fmt.Sprintf("event %d of %s when %d is due", n, s.ID(), next[s.ID()])
					}
					running[s.ID()] = true
					next[s.ID()] = n + 1
					mu.Unlock()
					for range rand.IntN(3) {
						runtime.Gosched()
					}
					mu.Lock()
					running[s.ID()] = false
					mu.Unlock()
					if n%10 == 9 {
						_ = s.Emit("seen", n)
					}
				})
			})
			var all sync.WaitGroup
			for range clients {
				c := connect(t, addr)
				all.Go(func() {
					for n := range events {
						c.send(fmt.Sprintf(`42["n",%d]`, n))
					}
				})
				all.Go(func() {
					for n := 9; n < events; n += 10 {
						if got, err := c.read(); err != nil || got != fmt.Sprintf(`42["seen",%d]`, n) {
							t.Errorf("got %q, %v", got, err)
							return
						}
					}
				})
			}
			all.Wait()
			if wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// A handler that blocks holds up nobody else, on one core as on many.
func TestBlockingHandlers(t *testing.T) {
	for _, procs := range []int{1, runtime.NumCPU()} {
		t.Run(fmt.Sprintf("GOMAXPROCS=%d", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			release := make(chan struct{})
			s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
				s.Of("/").On("block", func(_ *socketio.Socket, e *socketio.Event) { <-release; _ = e.Ack() })
				s.Of("/").On("quick", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
			})
			var blocked, quick []*client
			for range 40 {
				blocked = append(blocked, connect(t, addr))
				quick = append(quick, connect(t, addr))
			}
			for i := range blocked {
				blocked[i].send(`421["block"]`)
				blocked[i].send(`422["quick"]`)
				quick[i].send(`421["quick"]`)
			}
			for _, c := range quick {
				c.expect("431[]")
			}
			close(release)
			for _, c := range blocked {
				c.expect("431[]", "432[]")
			}
			// On several cores, how many are needed beside those that block is up to
			// how the system shares them out.
			if n := s.Stats().Handlers; n < 40 || procs == 1 && n > 60 {
				t.Errorf("%d goroutines for 40 handlers that block", n)
			}
		})
	}
}

// Over the bound on handlers events wait, and are handled as others end.
func TestHandlersBound(t *testing.T) {
	release := make(chan struct{})
	blocked := make(chan struct{}, 10)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{Handlers: 3}}, func(s *socketio.Server) {
		s.Of("/").On("block", func(_ *socketio.Socket, e *socketio.Event) { blocked <- struct{}{}; <-release; _ = e.Ack() })
	})
	var clients []*client
	for range 10 {
		c := connect(t, addr)
		c.send(`421["block"]`)
		clients = append(clients, c)
	}
	for range 3 {
		receive(t, blocked)
	}
	for _, c := range clients {
		c.send("40/nope,") // is answered by the loop, behind the event
		c.next()
	}
	if st := s.Stats(); st.Handlers != 3 || st.HandlersBusy == 0 {
		t.Errorf("%d goroutines, busy %d times", st.Handlers, st.HandlersBusy)
	}
	close(release)
	for _, c := range clients {
		c.expect("431[]")
	}
}

// However many sockets wait, all are handled as handlers end.
func TestHandlersBoundManySockets(t *testing.T) {
	const clients, namespaces = 16, 100
	release := make(chan struct{})
	var handled atomic.Int64
	_, addr := start(t, socketio.Options{Limits: socketio.Limits{Handlers: 2}}, func(s *socketio.Server) {
		for i := range namespaces {
			s.Of("/"+itoa(i)).On("block", func(*socketio.Socket, *socketio.Event) { <-release; handled.Add(1) })
		}
	})
	for range clients {
		c := dial(t, addr, 4, "")
		for i := range namespaces {
			c.join("/" + itoa(i))
			c.send(`42/` + itoa(i) + `,["block"]`)
		}
		c.send("40/nope,") // is answered by the loop, behind the events
		c.next()
	}
	close(release)
	until(t, "all are handled", func() bool { return handled.Load() == clients*namespaces })
}

// A handler that ends its goroutine takes no other event with it.
func TestExit(t *testing.T) {
	reasons := make(chan string, 1)
	release := make(chan struct{})
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.On("wait", func(*socketio.Socket, *socketio.Event) { <-release })
		ns.On("exit", func(*socketio.Socket, *socketio.Event) { runtime.Goexit() })
		ns.OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	c := connect(t, addr)
	for _, packet := range []string{`42["wait"]`, `42["exit"]`, `42["exit"]`, "41", "40/nope,"} {
		c.send(packet)
	}
	c.next()
	close(release)
	receive(t, reasons)
}

func TestPanic(t *testing.T) {
	reasons := make(chan string, 10)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.On("panic", func(*socketio.Socket, *socketio.Event) { panic("boom") })
		ns.On("exit", func(*socketio.Socket, *socketio.Event) { runtime.Goexit() })
		ns.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
		ns.OnDisconnect(func(_ *socketio.Socket, r string) {
			defer func() { reasons <- r }()
			panic("again")
		})
		s.Of("/b").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
		s.Of("/c").OnConnection(func(*socketio.Socket) { panic("boom") })
	})
	c, other := connect(t, addr), connect(t, addr)
	c.join("/b")
	c.send(`42["panic"]`)
	c.expect("41")
	if r := receive(t, reasons); r != "server namespace disconnect" {
		t.Errorf("reason is %q", r)
	}
	c.send(`42/b,1["echo"]`)
	c.expect("43/b,1[]")
	c.join("/c")
	c.expect("41/c,")
	other.send(`421["echo"]`)
	other.expect("431[]")
	other.send(`42["exit"]`) // ends the goroutine that the pool lent
	other.sync(s)
	other.send(`421["echo"]`)
	other.expect("431[]")
	until(t, "three panics are counted", func() bool { return s.Stats().Panics == 3 })
}
