package engineio_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

// kept is a session that polls over connections which the loop has taken.
func (e *engine) kept(t *testing.T, query string) *client {
	t.Helper()
	p := e.polling(t, query)
	for range 2 {
		p.get()
		p.post("4a")
		p.poll.expect(200, "4a")
	}
	e.awaitKept(t)
	return p
}

// awaitKept waits until fasthttp has no connection.
func (e *engine) awaitKept(t *testing.T) {
	t.Helper()
	until(t, "the loop has all connections", func() bool { return e.front.Reading() == 0 })
}

// TestKept serves polls and POSTs without a goroutine, also between two, one
// behind the other and in pieces.
func TestKept(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	post := head("POST", p.q, "4xyz") + "4xyz"
	for range 3 {
		p.get()
		p.post("4b\x1e4c")
		p.poll.expect(200, "4b\x1e4c")
		e.awaitKept(t)
	}
	p.send.write(strings.Repeat(post, 50))
	for range 50 {
		p.send.expect(200, "ok")
	}
	p.poll.get(p.q)
	p.poll.expect(200, "4xyz"+strings.Repeat("\x1e4xyz", 49))
	for cut := 1; cut < len(post); cut++ {
		p.send.write(post[:cut])
		e.on(t, func() {}) // most often it comes as two
		p.send.write(post[cut:])
		p.send.expect(200, "ok")
		p.poll.get(p.q)
		p.poll.expect(200, "4xyz")
	}
	e.stillOpen(t)
}

// TestKeptSlowly: a request that does not come whole soon is fasthttp's, and
// what follows the loop's again.
func TestKeptSlowly(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	request := head("POST", p.q, "4slow") + "4slow"
	for _, cut := range []int{1, 100, len(request) - 1} {
		p.send.write(request[:cut])
		until(t, "fasthttp reads", func() bool { return e.front.Reading() == 1 })
		p.send.write(request[cut:])
		p.send.expect(200, "ok")
		p.poll.get(p.q)
		p.poll.expect(200, "4slow")
		e.awaitKept(t)
	}
}

// TestKeptAnswersAlike has what the loop does not serve answered over a kept
// connection as over a new one.
func TestKeptAnswersAlike(t *testing.T) {
	strict := options(func(o *engineio.Options) {
		o.CORS.Origins = []string{"https://app.test"}
		o.MaxHTTPBufferSize = 1000
	})
	get, post := func(q string, lines ...string) string { return head("GET", q, "", lines...) }, func(q, body string, lines ...string) string {
		return head("POST", q, body, lines...) + body
	}
	for name, request := range map[string]func(q string) string{
		"origin":          func(q string) string { return get(q, "Origin: https://app.test") },
		"another origin":  func(q string) string { return get(q, "Origin: https://evil.test") },
		"explorer":        func(q string) string { return get(q, "User-Agent: Mozilla/4.0 (compatible;MSIE 8.0)") },
		"HTTP/1.0":        func(q string) string { return strings.Replace(get(q), "HTTP/1.1", "HTTP/1.0", 1) },
		"close":           func(q string) string { return get(q, "Connection: close") },
		"keep-alive":      func(q string) string { return get(q, "Connection: Keep-Alive") },
		"unknown session": func(q string) string { return get("EIO=4&transport=polling&sid=nobody") },
		"no session":      func(q string) string { return get("EIO=4&transport=polling&sid=") },
		"other revision":  func(q string) string { return get(strings.Replace(q, "EIO=4", "EIO=3", 1)) },
		"other transport": func(q string) string { return get(strings.Replace(q, "polling", "websocket", 1)) },
		"unknown":         func(q string) string { return get(strings.Replace(q, "polling", "foo", 1)) },
		"not there":       func(q string) string { return strings.Replace(get(q), "/engine.io/?", "/other/?", 1) },
		"further path":    func(q string) string { return strings.Replace(get(q), "/engine.io/?", "/engine.io/x?", 1) },
		"absolute":        func(q string) string { return strings.Replace(get(q), "/engine.io", "http://host.test/engine.io", 1) },
		"PUT":             func(q string) string { return strings.Replace(post(q, "4a"), "POST", "PUT", 1) },
		"OPTIONS":         func(q string) string { return strings.Replace(get(q), "GET", "OPTIONS", 1) },
		"body of a GET":   func(q string) string { return strings.Replace(post(q, "4a"), "POST", "GET", 1) },
		"post":            func(q string) string { return post(q, "4a") },
		"form":            func(q string) string { return post(q, "4a", "Content-Type: application/x-www-form-urlencoded") },
		"octets":          func(q string) string { return post(q, "4a", octet) },
		"too much":        func(q string) string { return post(q, strings.Repeat("x", 1001)) },
		"no length":       func(q string) string { return strings.Replace(post(q, ""), "Content-Length: 0\r\n", "", 1) },
		"two lengths":     func(q string) string { return post(q, "4a", "Content-Length: 3") },
		"no number":       func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: 2x", 1) },
		"two hosts":       func(q string) string { return get(q, "Host: evil.test") },
		"bad host":        func(q string) string { return strings.Replace(get(q), "host.test", "ho st[", 1) },
		"space and colon": func(q string) string { return post(q, "4a", "X : y") },
		"expectation":     func(q string) string { return post(q, "4a", "Expect: 200-ok") },
		"no HTTP":         func(string) string { return "hello\r\n\r\n" },
		"lower-case":      func(q string) string { return strings.Replace(get(q), "GET", "get", 1) },
		"long head":       func(q string) string { return get(q, "X: "+strings.Repeat("x", 17_000)) },
		"a line feed":     func(q string) string { return strings.Replace(post(q, "4a"), "HTTP/1.1\r\n", "HTTP/1.1\n", 1) },
		"line feeds, then": func(q string) string {
			return strings.ReplaceAll(get(q), "\r\n", "\n") + "POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
		},
		"folded":         func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length:\r\n 2", 1) },
		"folded further": func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: 2\r\n 0", 1) },
		"signed":         func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: +2", 1) },
		"zeros":          func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: 0002", 1) },
		"negative":       func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: -1", 1) },
		"overflow": func(q string) string {
			return strings.Replace(post(q, "4a"), "Length: 2", "Length: 18446744073709551618", 1)
		},
		"empty length":    func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length: ", 1) },
		"tab and length":  func(q string) string { return strings.Replace(post(q, "4a"), "Length: 2", "Length:\t2\t", 1) },
		"empty lines":     func(q string) string { return "\r\n\r\n" + get(q) },
		"NUL":             func(q string) string { return get(q, "X: \x00") },
		"NUL in a name":   func(q string) string { return get(q, "X\x00: y") },
		"carriage return": func(q string) string { return get(q, "X: a\rContent-Length: 5") },
		"identity":        func(q string) string { return get(q, "Transfer-Encoding: identity") },
		"chunked, twice":  func(q string) string { return get(q, "Transfer-Encoding: chunked, chunked") },
		"connections":     func(q string) string { return get(q, "Connection: keep-alive", "Connection: close") },
		"other options":   func(q string) string { return get(q, "Connection: keep-alive, X") },
		"no host":         func(q string) string { return strings.Replace(get(q), "Host: host.test\r\n", "", 1) },
		"encoded path":    func(q string) string { return strings.Replace(get(q), "/engine.io/", "/engine%2eio/", 1) },
		"two slashes":     func(q string) string { return strings.Replace(get(q), "/engine.io/", "//engine.io/", 1) },
		"fragment":        func(q string) string { return strings.Replace(get(q), " HTTP", "#x HTTP", 1) },
		"many headers":    func(q string) string { return get(q, strings.Repeat("X: y\r\n", 2000)+"X: y") },
		"two spaces":      func(q string) string { return strings.Replace(get(q), " HTTP", "  HTTP", 1) },
		"HTTP/1.2":        func(q string) string { return strings.Replace(get(q), "HTTP/1.1", "HTTP/1.2", 1) },
		"two sessions":    func(q string) string { return get("sid=nobody&" + q) },
		"encoded query":   func(q string) string { return get(strings.Replace(q, "sid=", "%73id=", 1)) },
		"chunks": func(q string) string {
			return strings.Replace(post(q, "", "Transfer-Encoding: chunked"), "Content-Length: 0\r\n", "", 1) + "2\r\n4a\r\n0\r\n\r\n"
		},
		"chunks, a length": func(q string) string { return post(q, "0\r\n\r\n", "Transfer-Encoding: chunked") },
	} {
		t.Run(name, func(t *testing.T) {
			var answers [2]string
			for i, begin := range []func(*engine) *client{
				func(e *engine) *client { return e.polling(t, "EIO=4") },
				func(e *engine) *client { return e.kept(t, "EIO=4") },
			} {
				p := begin(start(t, strict))
				p.say("b")
				w := p.send // new, or kept
				w.write(request(p.q))
				status, body, h := w.answer()
				h.Del("Date")
				answers[i] = fmt.Sprint(status, " ", strings.Replace(body, between(body, `"sid":"`, `"`), "", 1), " ", h)
			}
			if answers[0] != answers[1] {
				t.Errorf("over a new connection\n%s\nover a kept one\n%s", answers[0], answers[1])
			}
		})
	}
}

// TestKeptUpgrades: the connection of a client that polled becomes a WebSocket.
func TestKeptUpgrades(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	p.send.get(strings.Replace(p.q, "polling", "websocket", 1), upgradeLines...)
	p.send.expectUpgrade()
	p.send.write(text("2probe") + text("5") + text("4a"))
	p.send.frames("3probe", "4a")
}

// TestKeptReadsNothing: the answers of a client that only asks wait in its own
// requests.
func TestKeptReadsNothing(t *testing.T) {
	e := start(t)
	w := descriptor(t, e, nil, nil)
	sid := w.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	w.post(q, "4a")
	w.expect(200, "ok")
	const n = 2000
	go func() {
		for range n {
			_, _ = w.Write([]byte(head("POST", q, "6") + "6"))
		}
	}()
	for range n {
		w.expect(200, "ok")
	}
	w.get(q)
	w.expect(200, "4a")
}

// TestKeptEnds with the front, at once where nothing is under way.
func TestKeptEnds(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	p.get()
	closed := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- e.front.Close(ctx)
	}()
	p.send.ends()
	p.say("a")
	if h := p.poll.expect(200, "4a"); h.Get("Connection") != "" {
		t.Errorf("%v", h)
	}
	p.poll.ends()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	e.stopped = true
}

// TestKeptFarewell reaches a client whose poll is answered as the front closes.
func TestKeptFarewell(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	p.get()
	release := make(chan struct{})
	e.server.Shutdown()
	closed := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		<-release
		closed <- e.front.Close(ctx)
	}()
	close(release)
	p.poll.expect(200, "1")
	p.poll.ends()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	e.stopped = true
}

// TestKeptBehindOthers: what lies behind a poll that waits stays its client's,
// whatever the loop reads of others meanwhile.
func TestKeptBehindOthers(t *testing.T) {
	e := start(t)
	p, other := e.kept(t, "EIO=4"), e.kept(t, "EIO=4")
	p.get()
	e.awaitHeld(t, 1)
	p.poll.write(head("POST", p.q, "4mine") + "4mine")
	e.on(t, func() {}) // it has most likely been read
	for range 3 {
		other.post("4" + strings.Repeat("o", 5000))
	}
	p.say("a")
	p.poll.expect(200, "4a")
	p.poll.expect(200, "ok")
	p.poll.get(p.q)
	p.poll.expect(200, "4mine")
}

// TestKeptNotReached: a connection whose client went away before its answer does
// not come to the loop, and Close does not wait for it.
func TestKeptNotReached(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	e := start(t, handler(func(a *app) {
		a.message = func(*engineio.Session, []byte, bool) bool {
			close(entered)
			<-release
			return true
		}
	}))
	p := e.polling(t, "EIO=4")
	p.send.post(p.q, "4a")
	<-entered
	_ = p.send.Conn.(*net.TCPConn).SetLinger(0)
	_ = p.send.Close()
	close(release)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e.stopped = true
	if err := e.front.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestKeptFull: what lies behind a poll is bounded, and all of it is served.
func TestKeptFull(t *testing.T) {
	e := start(t)
	p := e.kept(t, "EIO=4")
	p.get()
	e.awaitHeld(t, 1)
	const n = 40
	large := "4" + strings.Repeat("x", 60_000) // with its head just under what is served on the loop
	written := make(chan error, 1)
	go func() {
		var err error
		for range n {
			if err == nil {
				_, err = p.poll.Write([]byte(head("POST", p.q, large) + large))
			}
		}
		written <- err
	}()
	p.say("a")
	p.poll.expect(200, "4a")
	for range n {
		p.poll.expect(200, "ok")
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	for _, size := range []int{65_000, 65_400, 65_536, 70_000, 500_000} {
		p.send.post(p.q, "6"+strings.Repeat("x", size))
		p.send.expect(200, "ok")
	}
}
