package engineio_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// reconfigure applies changes that are in order.
func (e *engine) reconfigure(t testing.TB, c engineio.Changes) {
	t.Helper()
	if err := e.server.Reconfigure(c); err != nil {
		t.Fatal(err)
	}
}

// xs is a message packet of so many bytes.
func xs(n int) string { return "4" + strings.Repeat("x", n-1) }

// TestReconfigureSize holds for sessions that are open: over a WebSocket, and
// for POSTs.
func TestReconfigureSize(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.MaxHTTPBufferSize = 1000 }))
	s, over := e.openSocket(t, "EIO=4"), e.openSocket(t, "EIO=4")
	p := e.polling(t, "EIO=4")
	over.text(xs(1001))
	over.closes(1009)
	e.awaitClose(t, "transport error")
	refused := func(n int) {
		t.Helper()
		w := dial(t, e.addr)
		w.post(p.q, xs(n))
		w.expect(413, "")
	}
	refused(1001)

	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 100_000})
	s.text(xs(100_000))
	s.expect(xs(100_000))
	p.post(xs(100_000))
	p.poll.get(p.q)
	p.poll.expect(200, xs(100_000))
	refused(100_001)
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling")
	if _, body, _ := w.answer(); parseOpen(t, body).MaxPayload != 100_000 {
		t.Errorf("a new session is told %s", body)
	}

	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 500})
	s.text(xs(500))
	s.expect(xs(500))
	refused(501)
	s.text(xs(501))
	s.closes(1009)
	e.awaitClose(t, "transport error")
	p.post(xs(500))
}

// TestReconfigureWithinMessage: a message under way is measured by what holds
// when its bytes arrive.
func TestReconfigureWithinMessage(t *testing.T) {
	e := start(t)
	s := e.openSocket(t, "EIO=4")
	long := text(xs(2000))
	s.raw(text("4first") + long[:1000])
	s.expect("4first")
	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 500})
	s.raw(long[1000:])
	s.closes(1009)
	e.awaitClose(t, "transport error")
}

// TestReconfigureQueue: the bound of a queue follows the largest message, where
// it was not given.
func TestReconfigureQueue(t *testing.T) {
	send := func(e *engine, s *engineio.Session) {
		e.on(t, func() {
			for range 5 {
				s.Send(engineio.NewBinary(make([]byte, 1<<20)))
			}
		})
	}
	e := start(t)
	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 2 << 20})
	send(e, e.polling(t, "EIO=4").session)
	e.stillOpen(t)
	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 100})
	send(e, e.polling(t, "EIO=4").session)
	e.awaitClose(t, "buffer overflow")
	e = start(t, queueOf(1<<20))
	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 2 << 20})
	send(e, e.polling(t, "EIO=4").session)
	e.awaitClose(t, "buffer overflow")
}

// TestReconfigureOrigins: each request is measured by the list of its time,
// that of an open session too.
func TestReconfigureOrigins(t *testing.T) {
	const origin = "https://new.test"
	e := start(t)
	try := func(polling, webSocket int) {
		t.Helper()
		if got := tryOrigin(t, e, origin, "polling"); got != polling {
			t.Errorf("polling answered %d, want %d", got, polling)
		}
		if got := tryOrigin(t, e, origin, "websocket"); got != webSocket {
			t.Errorf("websocket answered %d, want %d", got, webSocket)
		}
	}
	p := e.polling(t, "EIO=4")
	post := func(status int, body string) {
		t.Helper()
		w := dial(t, e.addr)
		w.post(p.q, "4a", "Origin: "+origin)
		w.expect(status, body)
	}
	try(403, 403)
	post(403, forbidden)
	list := []string{"https://old.test", origin}
	e.reconfigure(t, engineio.Changes{CORS: &engineio.CORS{Origins: list}})
	list[1] = "" // the caller's own
	try(200, 101)
	post(200, "ok")
	e.reconfigure(t, engineio.Changes{MaxHTTPBufferSize: 2000}) // leaves the list alone
	try(200, 101)
	e.reconfigure(t, engineio.Changes{CORS: &engineio.CORS{Origins: []string{"https://old.test"}}})
	try(403, 403)
	post(403, forbidden)
	e.reconfigure(t, engineio.Changes{CORS: &engineio.CORS{}})
	try(403, 403)
}

// TestReconfigureUpgradeTimeout holds for upgrades that begin afterwards.
func TestReconfigureUpgradeTimeout(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.UpgradeTimeout = never }))
	first, second := e.polling(t, "EIO=4"), e.polling(t, "EIO=4")
	slow := first.upgrading()
	slow.text("2probe")
	slow.expect("3probe")
	e.reconfigure(t, engineio.Changes{UpgradeTimeout: soon})
	second.upgrading().closes(1005)
	slow.text("5")
	slow.text("4a")
	slow.expect("4a")
	e.stillOpen(t)
}

// TestReconfigureHeartbeat holds for sessions that open afterwards: the others'
// clients were told something else.
func TestReconfigureHeartbeat(t *testing.T) {
	for _, query := range []string{"EIO=4", "EIO=3"} {
		t.Run(query, func(t *testing.T) {
			e := start(t, pings(never, never))
			old := e.openSocket(t, query)
			session := e.session(t)
			e.reconfigure(t, engineio.Changes{PingInterval: soon, PingTimeout: 2 * soon})
			s := e.socket(t, query)
			if o := parseOpen(t, s.next()); o.PingInterval != int(soon.Milliseconds()) || o.PingTimeout != int(2*soon.Milliseconds()) {
				t.Errorf("a new session is told %+v", o)
			}
			s.ended()
			e.awaitClose(t, "ping timeout")
			e.reconfigure(t, engineio.Changes{PingInterval: never, PingTimeout: never}) // as at first
			again := e.openSocket(t, query)
			for _, s := range []*socket{old, again} {
				s.text("4a")
				s.expect("4a")
			}
			if query == "EIO=4" { // its own timeout, of the pong
				e.on(t, func() { engineio.Ping(session) })
				old.expect("2")
			}
			e.stillOpen(t)
		})
	}
}

// TestReconfigureRefused: with an error nothing has changed.
func TestReconfigureRefused(t *testing.T) {
	e := start(t)
	all := engineio.CORS{Origins: []string{"*"}}
	for _, c := range []engineio.Changes{
		{CORS: &all, MaxHTTPBufferSize: -1}, {CORS: &all, UpgradeTimeout: -1}, {CORS: &all, PingInterval: -1}, {CORS: &all, PingTimeout: -1},
	} {
		if err := e.server.Reconfigure(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	for i := range 255 {
		e.reconfigure(t, engineio.Changes{PingInterval: never + time.Duration(i)})
	}
	if err := e.server.Reconfigure(engineio.Changes{CORS: &all, PingInterval: time.Minute}); err == nil {
		t.Error("more heartbeats than a session can name")
	}
	if status := tryOrigin(t, e, "https://evil.test", "polling"); status != 403 {
		t.Errorf("answered %d", status)
	}
	e.reconfigure(t, engineio.Changes{PingInterval: never}) // one that there was
	e.reconfigure(t, engineio.Changes{CORS: &all})
	if status := tryOrigin(t, e, "https://evil.test", "polling"); status != 200 {
		t.Errorf("answered %d", status)
	}
}

// TestReconfigureUnderTraffic: clients of both transports come, talk and go
// while everything changes that can, several times at once.
func TestReconfigureUnderTraffic(t *testing.T) {
	e := start(t, origins(false, "https://stays.test"))
	stop := make(chan struct{})
	var changing, talking sync.WaitGroup
	for i := range 2 {
		changing.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				err := e.server.Reconfigure(engineio.Changes{
					CORS:              &engineio.CORS{Origins: []string{"https://stays.test", "https://other.test"}[:1+n%2]},
					MaxHTTPBufferSize: 2000 + n%1000,
					UpgradeTimeout:    time.Minute + time.Duration(n),
					PingInterval:      time.Minute + time.Duration(i*100+n%100),
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 4 {
		talking.Go(func() {
			for range 20 {
				if status := tryOrigin(t, e, "https://stays.test", "polling"); status != 200 {
					t.Errorf("answered %d", status)
				}
				s := e.openSocket(t, "EIO=4")
				s.text(xs(2000))
				s.expect(xs(2000))
				_ = s.Close()
				e.awaitClose(t, "transport close")
			}
		})
	}
	talking.Wait()
	close(stop)
	changing.Wait()
}
