package engineio_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

func TestRoutedPolling(t *testing.T) {
	for _, query := range []string{"EIO=4", "EIO=3", "EIO=4&j=3"} {
		t.Run(query, func(t *testing.T) {
			a, b, r := join(t)
			p := through(t, a, b, query)
			p.get()
			body, want := "4a", "4a"
			switch query {
			case "EIO=3":
				body, want = "2:4a", "2:4a"
			case "EIO=4&j=3":
				body, want = "d=4a", `___eio[3]("4a");`
			}
			p.post(body)
			p.poll.expect(200, want)
			p.post(body)
			p.poll.get(p.q)
			p.poll.expect(200, want)
			if r.exchanges.Load() != 4 || a.server.Stats().Held != 0 || b.server.Stats().Held != 0 {
				t.Errorf("%d exchanges", r.exchanges.Load())
			}
			a.on(t, func() {
				if len(r.asked) != 0 {
					t.Errorf("%d questions left", len(r.asked))
				}
			})
		})
	}
}

// TestRoutedInTurn mixes sessions of both on one connection, pipelined, chunked
// and with large bodies: each is answered once, in order.
func TestRoutedInTurn(t *testing.T) {
	a, b, _ := join(t)
	w := dial(t, a.addr)
	var queries []string
	for i := range 6 {
		e := a
		if i%2 == 1 {
			e = b
		}
		queries = append(queries, e.polling(t, "EIO=4").q)
	}
	for round := range 3 {
		var out strings.Builder
		bodies := make([]string, len(queries))
		for i, q := range queries {
			bodies[i] = fmt.Sprintf("4%d of %d %s", round, i, strings.Repeat("x", i*20_000))
			if i%3 == 0 {
				out.WriteString(head("POST", q, bodies[i]) + bodies[i])
				continue
			}
			out.WriteString(strings.Replace(head("POST", q, "", "Transfer-Encoding: chunked"), "Content-Length: 0\r\n", "", 1))
			fmt.Fprintf(&out, "%x\r\n%s\r\n0\r\n\r\n", len(bodies[i]), bodies[i])
		}
		for _, q := range queries {
			out.WriteString(head("GET", q, ""))
		}
		done := make(chan error, 1)
		go func() { _, err := w.Write([]byte(out.String())); done <- err }()
		for range queries {
			w.expect(200, "ok")
		}
		for i := range queries {
			w.expect(200, bodies[i])
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoutedRefusals(t *testing.T) {
	var refusals atomic.Int64
	a, b, _ := join(t, options(func(o *engineio.Options) {
		o.ConnectionError = func(r *engineio.Request, err *engineio.RequestError) {
			if r.Get("Host") == "host.test" {
				refusals.Add(1)
			}
		}
	}))
	p := through(t, a, b, "EIO=4")
	p.send.get("EIO=4&transport=polling&sid=b-none")
	p.send.expect(400, unknownSID)
	p.send.get("transport=polling&sid=" + p.sid)
	p.send.expect(400, badRequest)
	p.send.get("EIO=4&transport=websocket&sid=" + p.sid)
	p.send.expect(400, badRequest)
	p.send.request("PUT", p.q, "4a")
	p.send.expect(500, "")
	p.get()
	other := dial(t, a.addr)
	other.get(p.q)
	other.expect(400, "")
	p.poll.expect(200, "1")
	b.awaitClose(t, "transport error")
	p.gone()
	if refusals.Load() != 4 || a.server.Stats().Refused[engineio.UnknownSID] != 2 || b.server.Stats().Refused[engineio.UnknownSID] != 0 {
		t.Errorf("%d refusals; %+v and %+v", refusals.Load(), a.server.Stats(), b.server.Stats())
	}
}

// TestRoutedClientGone ends the session at its home.
func TestRoutedClientGone(t *testing.T) {
	a, b, r := join(t)
	p := through(t, a, b, "EIO=4")
	p.get()
	a.awaitHeld(t, 1)
	_ = p.poll.Close()
	b.awaitClose(t, "transport error")
	if r.cancels.Load() != 1 {
		t.Errorf("%d cancels", r.cancels.Load())
	}
	p.gone()

	p = through(t, a, b, "EIO=4") // with a POST that is held back
	b.on(t, p.session.Pause)
	p.send.post(p.q, "4a")
	a.awaitHeld(t, 1)
	reset(t, p.send.Conn)
	b.awaitClose(t, "transport error")
}

// TestRoutedClientsLeave at any moment: no question is left, at either end.
func TestRoutedClientsLeave(t *testing.T) {
	a, b, r := join(t, brief)
	before := a.census(t)
	for i := range 200 {
		w := dial(t, b.addr)
		sid := w.handshake("EIO=4")
		_ = w.Close()
		w = dial(t, a.addr)
		w.get("EIO=4&transport=polling&sid=" + sid)
		if i%3 == 0 {
			a.loop.Post(loop.Func(func() {}))
		}
		if i%2 == 0 {
			reset(t, w.Conn)
		} else {
			_ = w.Close()
		}
	}
	before.restored(t, a)
	before.restored(t, b)
	a.on(t, func() {
		if len(r.asked) != 0 {
			t.Errorf("%d questions left", len(r.asked))
		}
	})
}

// TestRoutedUpgrade hands the connection over, with what the client sent behind
// its request.
func TestRoutedUpgrade(t *testing.T) {
	a, b, r := join(t)
	p := through(t, a, b, "EIO=4")
	p.get()
	u := dial(t, a.addr)
	u.write(head("GET", strings.Replace(p.q, "polling", "websocket", 1), "", upgradeLines...) + text("2probe"))
	u.expectUpgrade()
	u.frames("3probe")
	p.poll.expect(200, "6")
	u.write(text("5") + text("4a"))
	u.frames("4a")
	if r.handovers.Load() != 1 || b.server.Stats().Upgrades != 1 || a.server.Stats().Upgrades != 0 {
		t.Errorf("%d handovers", r.handovers.Load())
	}
	p.send.get(p.q)
	p.send.expect(400, badRequest)
	_ = u.Close()
	b.awaitClose(t, "transport close")

	u = dial(t, a.addr) // refused where it is at home
	u.get("EIO=4&transport=websocket&sid=b-none", upgradeLines...)
	u.expect(400, "Session ID unknown")
	u.ends()
	u = dial(t, a.addr)
	u.get("EIO=3&transport=websocket&sid="+b.polling(t, "EIO=4").sid, upgradeLines...)
	u.expect(400, "Bad request")
	u.ends()
}

// TestRoutedShutdown answers polls that wait at another engine.
func TestRoutedShutdown(t *testing.T) {
	a, b, _ := join(t)
	p := through(t, a, b, "EIO=4")
	p.get()
	a.awaitHeld(t, 1)
	b.server.Shutdown()
	p.poll.expect(200, "1")
	b.awaitClose(t, "server shutting down")
	p.gone()
}

// TestAskerShutdown: a process that ends does not wait for another one's
// sessions to have something to say.
func TestAskerShutdown(t *testing.T) {
	a, b, r := join(t)
	p := through(t, a, b, "EIO=4")
	p.get()
	a.awaitHeld(t, 1)
	a.server.Shutdown()
	p.poll.expect(503, "")
	b.awaitClose(t, "transport error")
	late := through(t, a, b, "EIO=4")
	late.poll.get(late.q)
	late.poll.expect(503, "")
	if r.cancels.Load() != 2 {
		t.Errorf("%d cancels", r.cancels.Load())
	}
}

// TestRoutedWithoutFront waits on the goroutine.
func TestRoutedWithoutFront(t *testing.T) {
	a, b, r := join(t)
	m := mounted(t, r)
	r.mine = m
	p := through(t, m, b, "EIO=4")
	p.get()
	p.post("4a")
	p.poll.expect(200, "4a")
	u := dial(t, m.addr)
	u.write(head("GET", strings.Replace(p.q, "polling", "websocket", 1), "", upgradeLines...) + text("5") + text("4b"))
	u.expectUpgrade()
	u.frames("4b")
	_ = a
}

// TestSessionUnknown is what a router answers for a session whose process is
// gone.
func TestSessionUnknown(t *testing.T) {
	e := start(t, func(s *setup) { s.options.Router = deadEnd{s.loop} })
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling&sid=elsewhere")
	w.expect(400, unknownSID)
	u := dial(t, e.addr)
	u.get("EIO=4&transport=websocket&sid=elsewhere", upgradeLines...)
	u.ends()
}

type deadEnd struct{ loop *loop.Loop }

func (deadEnd) Elsewhere(sid string) bool { return sid == "elsewhere" }
func (d deadEnd) Exchange(_ *engineio.Exchange, r engineio.Responder) {
	d.loop.Post(loop.Func(func() { r.Respond(engineio.SessionUnknown()) }))
}
func (deadEnd) Offer(*engineio.Exchange, engineio.Responder) bool { return false }
func (deadEnd) Cancel(engineio.Responder)                         {}
func (deadEnd) Handover(_ string, fd int, _ []byte, _ net.Addr)   { _ = unix.Close(fd) }

// TestRoutedUpgradeWithBody: an upgrade's body means nothing, here or at home.
func TestRoutedUpgradeWithBody(t *testing.T) {
	a, b, _ := join(t)
	for name, body := range map[string]string{
		"length":  "Content-Length: 3\r\n\r\nabc",
		"chunked": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"expect":  "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
	} {
		for _, at := range []*engine{b, a} {
			t.Run(name, func(t *testing.T) {
				p := b.polling(t, "EIO=4")
				u := dial(t, at.addr)
				upgrade := head("GET", strings.Replace(p.q, "polling", "websocket", 1), "", upgradeLines...)
				upgrade = strings.Replace(upgrade, "Content-Length: 0\r\n", "", 1)
				u.write(strings.TrimSuffix(upgrade, "\r\n") + body + text("2probe") + text("5") + text("4a"))
				if name == "expect" {
					line, err := u.r.ReadString('\n')
					_, _ = u.r.ReadString('\n')
					if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
						t.Fatal(line, err)
					}
				}
				u.expectUpgrade()
				u.frames("3probe", "4a")
				_ = u.Close()
				b.awaitClose(t, "transport close")
			})
		}
	}
}

// tardyRouter takes its time to ask, and is never answered.
type tardyRouter struct {
	deadEnd
	asking, ask chan struct{}
	asked       atomic.Bool
	cancelled   chan bool // whether it had asked
}

func (r *tardyRouter) Exchange(*engineio.Exchange, engineio.Responder) {
	r.asking <- struct{}{}
	<-r.ask
	r.asked.Store(true)
}
func (r *tardyRouter) Cancel(engineio.Responder) { r.cancelled <- r.asked.Load() }

// TestKeptCancelsWhatIsAsked: a client that leaves before its request is on its
// way leaves no poll behind in another process.
func TestKeptCancelsWhatIsAsked(t *testing.T) {
	r := &tardyRouter{asking: make(chan struct{}, 1), ask: make(chan struct{}), cancelled: make(chan bool, 2)}
	e := start(t, options(func(o *engineio.Options) { o.Router = r }))
	p := e.kept(t, "EIO=4")
	p.send.get("EIO=4&transport=polling&sid=elsewhere")
	<-r.asking
	e.awaitHeld(t, 1)
	_ = p.send.Close()
	e.awaitHeld(t, 0)
	close(r.ask)
	if !<-r.cancelled {
		t.Error("cancelled before it was asked")
	}
}

// TestKeptAskerShutdown asks nobody for a client that is sent away.
func TestKeptAskerShutdown(t *testing.T) {
	a, b, r := join(t)
	p := through(t, a, b, "EIO=4")
	_ = p.poll.Close()
	p.post("4a")
	a.awaitKept(t)
	a.server.Shutdown()
	a.on(t, func() {}) // before the request comes
	p.send.get(p.q)
	p.send.expect(503, "")
	if n, c := r.exchanges.Load(), r.cancels.Load(); n != 1 || c != 0 {
		t.Errorf("%d exchanges, %d cancels", n, c)
	}
}
