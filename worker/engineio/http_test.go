package engineio_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// TestLongHeaders: heads up to 16 KiB are read, as in Node, and the answer to a
// longer one can be read though the request never was.
func TestLongHeaders(t *testing.T) {
	e := start(t)
	base := len(head("GET", "EIO=4&transport=polling", "", "X-Long: "))
	fits := "X-Long: " + strings.Repeat("x", 16<<10-base)
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling", fits)
	if status, _, _ := w.answer(); status != 200 {
		t.Errorf("a head of 16 KiB: %d", status)
	}
	e.session(t)
	s := e.openSocket(t, "EIO=4&long="+strings.Repeat("x", 15_000))
	s.text("4a")
	s.expect("4a")
	for _, line := range []string{fits + "x", "X-Long: " + strings.Repeat("x", 1<<20)} {
		w := dial(t, e.addr)
		go func() { _, _ = w.Write([]byte(head("GET", "EIO=4&transport=polling", "", line))) }()
		if h := w.expect(431, ""); h.Get("Date") == "" {
			t.Error("no date")
		}
		w.ends()
	}
}

func TestLargePost(t *testing.T) {
	const limit = 100_000
	e := start(t, options(func(o *engineio.Options) { o.MaxHTTPBufferSize = limit }))
	p := e.polling(t, "EIO=4")
	fits := "4" + strings.Repeat("x", limit-1)
	p.post(fits)
	p.poll.get(p.q)
	p.poll.expect(200, fits)
	for name, send := range map[string]string{
		"said":     head("POST", p.q, fits+"x") + fits + "x",
		"not sent": head("POST", p.q, fits+"x"),
		"chunked": strings.Replace(head("POST", p.q, "", "Transfer-Encoding: chunked"), "Content-Length: 0\r\n", "", 1) +
			strings.Repeat("1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n", 40) + "0\r\n\r\n",
		"absurd": strings.Replace(head("POST", p.q, "x"), "Length: 1", "Length: 9223372036854775807", 1),
	} {
		w := dial(t, e.addr)
		go func() { _, _ = w.Write([]byte(send)) }()
		if status, body, _ := w.answer(); status != 413 || body != "" {
			t.Errorf("%s: %d %q", name, status, body)
		}
		_ = w.Close()
	}
	p.post("4still there")
	p.poll.get(p.q)
	p.poll.expect(200, "4still there")
}

// TestAnnouncedPosts: what is only announced takes no memory, in whichever way.
func TestAnnouncedPosts(t *testing.T) {
	const size, n = 16 << 20, 16
	e := start(t, options(func(o *engineio.Options) { o.MaxHTTPBufferSize = size }))
	part := strings.Repeat("x", 64<<10)
	for name, announced := range map[string]string{
		"length": fmt.Sprintf("Content-Length: %d\r\n\r\n", size),
		"chunk":  fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", size),
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := heap()
			for range n {
				// Written once it is read.
				pipe(t, e).write("POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: host.test\r\n" + announced + part)
			}
			if after, _ := heap(); after > before+n*size/4 {
				t.Errorf("%d MiB for %d KiB", (after-before)>>20, n*len(part)>>10)
			}
		})
	}
}

func TestChunkedPost(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	h := strings.Replace(head("POST", p.q, "", "Transfer-Encoding: chunked"), "Content-Length: 0\r\n", "", 1)
	p.send.write(h + "2\r\n4h\r\n")
	p.send.write("3;x=y\r\nell\r\n1\r\no\r\n0\r\nX-Sum: x\r\n\r\n")
	p.send.expect(200, "ok")
	p.send.write(strings.Replace(head("POST", p.q, "4a"), "\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1))
	if line, err := p.send.r.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err)
	}
	if _, err := p.send.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p.send.write("4a")
	p.send.expect(200, "ok")
	p.poll.get(p.q)
	p.poll.expect(200, "4hello\x1e4a")
}

// TestClosingClients answer a poll that waited and then close, for HTTP/1.0 and
// for a client that says so.
func TestClosingClients(t *testing.T) {
	e := start(t)
	for name, request := range map[string]func(q string) string{
		"HTTP/1.0": func(q string) string { return "GET /engine.io/?" + q + " HTTP/1.0\r\n\r\n" },
		"HTTP/1.0 keep-alive": func(q string) string {
			return "GET /engine.io/?" + q + " HTTP/1.0\r\nHost: host.test\r\nConnection: keep-alive\r\n\r\n"
		},
		"Connection: close": func(q string) string { return head("GET", q, "", "Connection: close") },
	} {
		for _, waits := range []bool{true, false} {
			p := e.polling(t, "EIO=4")
			if !waits {
				p.say("a")
			}
			p.poll.write(request(p.q))
			if waits {
				e.awaitHeld(t, 1)
				p.say("a")
			}
			r, err := http.ReadResponse(p.poll.r, nil)
			if err != nil {
				t.Fatal(name, err)
			}
			b, _ := io.ReadAll(r.Body)
			if string(b) != "4a" || r.ContentLength != 2 {
				t.Errorf("%s: %q %v", name, b, r.Header)
			}
			if waits || !strings.Contains(name, "keep") {
				p.poll.ends()
			}
			p.post("4b") // the session goes on
		}
	}
}

// TestBodyOfGet is read, thrown away and never taken for a request.
func TestBodyOfGet(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	smuggled := head("POST", p.q, "4smuggled") + "4smuggled"
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled)
	both := func(q string) string {
		return head("GET", q, smuggled) + smuggled + head("GET", q, "", "Transfer-Encoding: chunked") + chunked
	}
	w := dial(t, e.addr)
	for _, q := range []string{"EIO=4&transport=polling&sid=abc", "EIO=4&transport=foo", "EIO=4&transport=websocket"} {
		w.write(both(q))
		for range 2 {
			if status, _, _ := w.answer(); status != 400 {
				t.Errorf("%s: %d", q, status)
			}
		}
	}
	p.poll.write(both(p.q))
	for range 2 {
		e.awaitHeld(t, 1)
		p.say("a")
		p.poll.expect(200, "4a")
	}
	u := dial(t, e.addr)
	u.write(head("GET", "EIO=4&transport=websocket", smuggled, upgradeLines...) + smuggled + text("4a"))
	u.expectUpgrade()
	u.frames("4a")
	p.post("4b")
	p.poll.get(p.q)
	p.poll.expect(200, "4b")
}

// TestSmuggling: requests whose length can be understood in two ways are
// refused, or end the connection.
func TestSmuggling(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	second := head("POST", p.q, "4smuggled") + "4smuggled"
	line := "POST /engine.io/?" + p.q + " HTTP/1.1\r\nHost: host.test\r\n"
	for name, request := range map[string]string{
		"two lengths":              line + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n4a" + second,
		"the same length twice":    line + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n4a" + second,
		"lengths in a list":        line + "Content-Length: 2, 2\r\n\r\n4a" + second,
		"signed length":            line + "Content-Length: +2\r\n\r\n4a" + second,
		"negative length":          line + "Content-Length: -2\r\n\r\n4a" + second,
		"hexadecimal length":       line + "Content-Length: 0x2\r\n\r\n4a" + second,
		"length that wraps":        line + "Content-Length: 18446744073709551618\r\n\r\n4a" + second,
		"space before the colon":   line + "Content-Length : 2\r\n\r\n4a" + second,
		"length and chunks":        line + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"chunks and length":        line + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + second,
		"chunked twice":            line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"chunked in a list":        line + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + second,
		"unknown coding":           line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second,
		"signed chunk":             line + "Transfer-Encoding: chunked\r\n\r\n+2\r\n4a\r\n0\r\n\r\n" + second,
		"chunk that wraps":         line + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff2\r\n4a\r\n0\r\n\r\n" + second,
		"no line end behind chunk": line + "Transfer-Encoding: chunked\r\n\r\n2\r\n4axx0\r\n\r\n" + second,
		"chunks in HTTP/1.0":       strings.Replace(line, "1.1", "1.0", 1) + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"two hosts":                line + "Host: evil.test\r\nContent-Length: 2\r\n\r\n4a" + second,
		"null in a header":         line + "X: a\x00b\r\nContent-Length: 2\r\n\r\n4a" + second,
		"no name":                  line + ": x\r\nContent-Length: 2\r\n\r\n4a" + second,
		"carriage return":          line + "X: a\rContent-Length: 0\r\nContent-Length: 2\r\n\r\n4a" + second,
	} {
		w := dial(t, e.addr)
		w.write(request)
		answers := 0
		for r := bufio.NewReader(w.Conn); ; answers++ {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, resp.Body)
		}
		if answers > 1 {
			t.Errorf("%s: %d answers", name, answers)
		}
	}
	e.on(t, func() {
		if n, _ := engineio.SessionQueue(p.session); n > 0 {
			t.Logf("%d messages of first requests were taken", n)
		}
		p.session.Send(messages("end")...)
	})
	p.poll.get(p.q)
	if _, body, _ := p.poll.answer(); strings.Contains(body, "smuggled") {
		t.Errorf("a second request was taken: %q", body)
	}
}

// TestMultipart is a body like any other: no part of it becomes a file.
func TestMultipart(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	body := "4a\x1e4--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nfile\r\n--x--\r\n"
	p.send.request("POST", p.q, body, "Content-Type: multipart/form-data; boundary=x")
	p.send.expect(200, "ok")
	p.poll.get(p.q)
	p.poll.expect(200, body)
}

// TestDeadlines: who is slow is told so where there is something to answer, and
// ends.
func TestDeadlines(t *testing.T) {
	slow := func(head, body, answer, idle time.Duration) func(*setup) {
		return func(s *setup) {
			s.front = func(f *engineio.Front) { engineio.SetDeadlines(f, head, body, answer, idle) }
		}
	}
	t.Run("nothing sent", func(t *testing.T) {
		e := start(t, slow(soon, never, never, never))
		dial(t, e.addr).ends()
	})
	t.Run("half a head", func(t *testing.T) {
		e := start(t, slow(soon, never, never, never))
		w := dial(t, e.addr)
		w.write("GET /engine.io/?EIO=4 HTTP/1.1\r\nX: ")
		w.expect(408, "")
		w.ends()
	})
	t.Run("half a body", func(t *testing.T) {
		e := start(t, slow(never, soon, never, never))
		p := e.polling(t, "EIO=4")
		p.send.write(head("POST", p.q, "4abc") + "4a")
		p.send.expect(408, "")
		p.send.ends()
		e.stillOpen(t)
	})
	t.Run("idle between requests", func(t *testing.T) {
		e := start(t, slow(never, never, never, soon))
		w := dial(t, e.addr)
		w.handshake("EIO=4")
		w.ends()
	})
	t.Run("idle behind a poll that waited", func(t *testing.T) {
		e := start(t, slow(never, never, never, soon))
		p := e.polling(t, "EIO=4")
		p.get()
		p.post("4a")
		p.poll.expect(200, "4a")
		p.poll.ends()
	})
	t.Run("an answer that is not read", func(t *testing.T) {
		e := start(t, slow(never, never, soon, never))
		p := e.polling(t, "EIO=4")
		p.get()
		e.on(t, func() { p.session.Send(engineio.NewText(make([]byte, 32<<20))) })
		until(t, "the front gives up", func() bool { return e.loop.Stats().Conns == 0 })
	})
	t.Run("a poll may wait longer", func(t *testing.T) {
		e := start(t, slow(soon, soon, soon, soon), pings(10*soon, never))
		w := dial(t, e.addr)
		sid := w.handshake("EIO=4")
		w.get("EIO=4&transport=polling&sid=" + sid)
		w.expect(200, "2")
	})
}
