package engineio_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func heap() (bytes, objects uint64) {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.HeapObjects
}

// TestMemory says what clients cost, heads of about 1 kB included. Nothing is
// asserted: go test -run TestMemory -v.
func TestMemory(t *testing.T) {
	if testing.Short() || !testing.Verbose() {
		t.Skip("only to be read")
	}
	const n = 2000
	lines := []string{"User-Agent: " + strings.Repeat("x", 120), "Accept-Encoding: gzip, deflate, br", "Cookie: " + strings.Repeat("c", 500),
		"Accept-Language: en-US,en;q=0.9", "Origin: http://host.test", "Sec-Fetch-Site: same-origin", "Referer: http://host.test/" + strings.Repeat("r", 60)}
	report := func(t *testing.T, what string, f func()) {
		bytes, objects := heap()
		f()
		after, moreObjects := heap()
		t.Logf("%-28s %5d bytes in %2d objects", what, (int64(after)-int64(bytes))/n, (int64(moreObjects)-int64(objects))/n)
	}
	e := start(t, func(s *setup) {
		s.app.open = func(*engineio.Session) {}
		s.app.message = func(*engineio.Session, []byte, bool) bool { return true }
		s.app.opened, s.app.closed = make(chan *engineio.Session, 3*n), make(chan ending, 3*n)
	}, pings(never, never))
	conns := make([]*light, 0, 3*n)
	open := func(request string) {
		c := openLight(t, e.addr)
		c.send(t, request)
		conns = append(conns, c)
	}
	head := func(q string, more ...string) string { return head("GET", q, "", append(more, lines...)...) }
	open(head("transport=polling&EIO=4")) // the first of all
	report(t, "an open connection", func() {
		for range n {
			open("")
		}
	})
	for _, c := range conns {
		c.close()
	}
	conns = conns[:0]
	until(t, "they are closed", func() bool { return e.front.Reading() == 0 })
	report(t, "a WebSocket", func() {
		for range n {
			open(head("transport=websocket&EIO=4", upgradeLines...))
		}
		until(t, "they are open", func() bool { return e.server.Stats().WebSocket.V4 == n })
		until(t, "the goroutines have ended", func() bool { return e.front.Reading() == 0 })
	})
	var sids []string
	report(t, "a session that polls", func() {
		for range n {
			c := openLight(t, e.addr)
			c.send(t, head("transport=polling&EIO=4", "Connection: close"))
			sids = append(sids, strings.Clone(between(c.receive(t), `"sid":"`, `"`)))
			c.close()
		}
		until(t, "the goroutines have ended", func() bool { return e.front.Reading() == 0 })
	})
	report(t, "its poll that waits", func() {
		for _, sid := range sids {
			open(head(fmt.Sprint("transport=polling&EIO=4&sid=", sid)))
		}
		e.awaitHeld(t, n)
		until(t, "the goroutines have ended", func() bool { return e.front.Reading() == 0 })
	})
	runtime.KeepAlive(sids)
	for _, c := range conns {
		c.close()
	}
}
