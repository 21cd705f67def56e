package engineio_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

const octet = "Content-Type: application/octet-stream"

// TestPollingEcho sends packets in one POST, in each form that clients have,
// and reads them back in one GET. The bodies are the reference's.
func TestPollingEcho(t *testing.T) {
	for _, c := range []struct {
		name, query, line string
		body, answer      string
		contentType       string
	}{
		{name: "text", query: "EIO=4", body: "4hello\x1e4€\x1e4", answer: "4hello\x1e4€\x1e4"},
		{name: "binary", query: "EIO=4", body: "bAQID\x1e4a", answer: "bAQID\x1e4a"},
		{name: "b64", query: "EIO=4&b64=1", body: "bAQID\x1e4a", answer: "bAQID\x1e4a"},
		{name: "text 3", query: "EIO=3", body: "6:4hello2:4€3:4😀", answer: "6:4hello2:4€3:4😀"},
		{name: "no EIO is 3", query: "", body: "2:4a", answer: "2:4a"},
		{name: "EIO 5 is 3", query: "EIO=5", body: "2:4a", answer: "2:4a"},
		{name: "the last EIO counts", query: "EIO=3&EIO=4", body: "4a", answer: "4a"},
		{name: "base64 3", query: "EIO=3", body: "6:b4AQID2:4w", answer: "\x01\x04\xff\x04\x01\x02\x03\x00\x02\xff4w",
			contentType: "application/octet-stream"},
		{name: "binary 3", query: "EIO=3", line: octet, body: "\x01\x04\xff\x04\x01\x02\x03", answer: "\x01\x04\xff\x04\x01\x02\x03",
			contentType: "application/octet-stream"},
		{name: "b64 3", query: "EIO=3&b64=1", body: "6:b4AQID2:4w", answer: "6:b4AQID2:4w"},
		{name: "JSONP", query: "EIO=4&j=2", body: form("4a\"\\nb\u2028</script>\x1e4c"),
			answer: `___eio[2]("4a\"\nb\u2028<\/script>` + `\u001e4c");`},
		{name: "JSONP newline", query: "EIO=4&j=7x1", body: form(`4a\\nb`), answer: `___eio[71]("4a\\nb");`},
		{name: "JSONP 3", query: "EIO=3&j=0", body: form("6:b4AQID2:4w"), answer: `___eio[0]("6:b4AQID2:4w");`},
		{name: "JSONP of an octet-stream", query: "EIO=3&j=0", line: octet, body: form("2:4w"), answer: `___eio[0]("2:4w");`},
		{name: "JSONP without an index", query: "EIO=4&j=", body: form("4a"), answer: `___eio[]("4a");`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, c.query)
			line := c.line
			if line == "" {
				line = "Content-Type: text/plain;charset=UTF-8"
			}
			p.send.request("POST", p.q, c.body, line)
			h := p.send.expect(200, "ok")
			if got := h.Get("Content-Type"); got != "text/html" {
				t.Errorf("a POST's answer is %q", got)
			}
			p.poll.get(p.q)
			h = p.poll.expect(200, c.answer)
			if c.contentType == "" {
				c.contentType = "text/plain; charset=UTF-8"
			}
			if got := h.Get("Content-Type"); got != c.contentType {
				t.Errorf("a poll's answer is %q", got)
			}
			if got := h.Get("Cache-Control"); got != "no-store" {
				t.Errorf("cache-control %q", got)
			}
			e.stillOpen(t)
		})
	}
}

func form(d string) string { return "d=" + url.QueryEscape(d) }

func TestPollWaits(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	for range 3 {
		p.get()
		p.post("4a\x1e4b\x1ebAQID")
		p.poll.expect(200, "4a\x1e4b\x1ebAQID")
	}
}

// TestOneTurnOneAnswer has a poll that waits answered with all that a turn
// sends.
func TestOneTurnOneAnswer(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.get()
	p.say("a", "b")
	p.poll.expect(200, "4a\x1e4b")
}

func TestPipelinedBehindWaitingPoll(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	chunked := head("POST", p.q, "", "Transfer-Encoding: chunked")
	chunked = strings.Replace(chunked, "Content-Length: 0\r\n", "", 1)
	p.poll.write(head("GET", p.q, "") + head("POST", p.q, "4second") + "4second" + head("GET", p.q, "") +
		chunked + "3\r\n4th\r\n3\r\nird\r\n0\r\n\r\n" + head("GET", p.q, ""))
	p.post("4first")
	p.poll.expect(200, "4first")
	p.poll.expect(200, "ok")
	p.poll.expect(200, "4second")
	p.poll.expect(200, "ok")
	p.poll.expect(200, "4third")
}

// TestPipelineLongerThanKept sends more behind a waiting poll than is kept of
// it: the rest stays in the network, and nothing is lost.
func TestPipelineLongerThanKept(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	body := "4" + strings.Repeat("x", 300_000)
	done := make(chan error, 1)
	go func() {
		_, err := p.poll.Write([]byte(head("GET", p.q, "") + head("POST", p.q, body) + body + head("GET", p.q, "")))
		done <- err
	}()
	e.awaitHeld(t, 1)
	p.post("4a")
	p.poll.expect(200, "4a")
	p.poll.expect(200, "ok")
	p.poll.expect(200, body)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestOverlappingPolls(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.get()
	p.send.get(p.q)
	p.send.expect(400, "")
	p.poll.expect(200, "1")
	e.awaitClose(t, "transport error")
	p.gone()
}

// TestManySessionsOneConnection is what a proxy's keep-alive connection looks
// like.
func TestManySessionsOneConnection(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	var queries []string
	for range 5 {
		queries = append(queries, "transport=polling&EIO=4&sid="+w.handshake("EIO=4"))
		e.session(t)
	}
	for round := range 3 {
		for _, q := range queries {
			w.post(q, "4"+q)
			w.expect(200, "ok")
		}
		for i := range queries {
			q := queries[(i+round)%len(queries)]
			w.get(q)
			w.expect(200, "4"+q)
		}
	}
}

// TestPassedOver is what the reference answers with ok and does nothing about.
func TestPassedOver(t *testing.T) {
	for _, c := range []struct{ name, query, body string }{
		{"packets without a meaning", "EIO=4", "0\x1e5\x1e6\x1e4a"},
		{"packets of revision 3", "EIO=3", "1:01:51:62:4a"},
		{"an unasked pong", "EIO=4", "3\x1e4a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, c.query)
			p.post(c.body)
			p.poll.get(p.q)
			want := "4a"
			if c.query == "EIO=3" {
				want = "2:4a"
			}
			p.poll.expect(200, want)
		})
	}
}

// TestJSONPWithoutData is passed over, too: the session goes on.
func TestJSONPWithoutData(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4&j=0")
	for _, body := range []string{"", "x=4a", "d=4a&d=4b"} {
		p.post(body)
	}
	p.post("d=4c")
	p.poll.get(p.q)
	p.poll.expect(200, `___eio[0]("4c");`)
}

// TestBadPost ends the session with the reference's reason. Packets before the
// bad one have been taken.
func TestBadPost(t *testing.T) {
	for _, c := range []struct {
		name, query, body, line string
		status                  int
		answer                  string
		reason                  string
		heard                   string
	}{
		{name: "no packet", query: "EIO=4", body: "4a\x1ez\x1e4b", status: 200, answer: "ok", reason: "parse error", heard: "a"},
		{name: "empty", query: "EIO=4", body: "", status: 200, answer: "ok", reason: "parse error"},
		{name: "empty 3", query: "EIO=3", body: "", status: 200, answer: "ok", reason: "parse error"},
		{name: "bad length", query: "EIO=3", body: "2:4a9:4b", status: 200, answer: "ok", reason: "parse error", heard: "a"},
		{name: "bad base64", query: "EIO=4", body: "b!!!", status: 200, answer: "ok", reason: "parse error"},
		{name: "invalid UTF-8", query: "EIO=4", body: "4\xff", status: 200, answer: "ok", reason: "parse error"},
		{name: "invalid UTF-8 in a form", query: "EIO=4&j=0", body: "d=4%ff", status: 200, answer: "ok", reason: "parse error"},
		{name: "octet-stream in revision 4", query: "EIO=4", body: "4a", line: octet, status: 400, answer: "", reason: "transport error"},
		{name: "ping in revision 4", query: "EIO=4", body: "2", status: 200, answer: "ok", reason: "transport error"},
		{name: "pong in revision 3", query: "EIO=3", body: "1:3", status: 200, answer: "ok", reason: "transport error"},
		{name: "close", query: "EIO=4", body: "4a\x1e1\x1e4b", status: 200, answer: "ok", reason: "transport close", heard: "a"},
		{name: "close 3", query: "EIO=3", body: "1:1", status: 200, answer: "ok", reason: "transport close"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var heard string
			e := start(t, handler(func(a *app) {
				a.message = func(_ *engineio.Session, data []byte, _ bool) bool { heard += string(data); return true }
			}))
			p := e.polling(t, c.query)
			p.get()
			line := c.line
			if line == "" {
				line = "Content-Type: text/plain"
			}
			p.send.request("POST", p.q, c.body, line)
			p.send.expect(c.status, c.answer)
			e.awaitClose(t, engineio.Reason(c.reason))
			e.on(t, func() {
				if heard != c.heard {
					t.Errorf("heard %q", heard)
				}
			})
			p.poll.expect(200, waitingGets(c.query, c.reason))
			p.gone()
		})
	}
}

// waitingGets is what a poll that waits is answered with when its session ends.
func waitingGets(query, reason string) string {
	packet := "1"
	if reason == "transport close" {
		packet = "6"
	}
	switch {
	case strings.Contains(query, "j=0"):
		return `___eio[0]("` + packet + `");`
	case strings.Contains(query, "EIO=4"):
		return packet
	}
	return "1:" + packet
}

// TestOtherMethods keeps the session, and the connection in step.
func TestOtherMethods(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	for _, method := range []string{"PUT", "DELETE", "OPTIONS", "PATCH"} {
		p.send.request(method, p.q, "4x")
		p.send.expect(500, "")
	}
	p.post("4a")
	p.poll.get(p.q)
	p.poll.expect(200, "4a")
}
