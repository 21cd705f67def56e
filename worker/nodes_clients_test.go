package worker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/socketio"
)

// ask sends a polling request of any kind, and returns the answer.
func (c *connection) ask(method, query, body string) (status int, answer string) {
	c.t.Helper()
	_, err := fmt.Fprintf(c, "%s /socket.io/?transport=polling%s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", method, query, len(body), body)
	if err != nil {
		c.t.Fatal(err)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

var sidIn = regexp.MustCompile(`sid\\?":\\?"([\w-]+)`)

// Every kind of polling crosses machines: the home answers in the form that its
// session's client reads, and reads the form that it sends.
func TestPollingKindsAcrossNodes(t *testing.T) {
	n := beginNodes(t, echo(make(chan string, 10)))
	for _, k := range []struct{ query, connect, connected, event, ack string }{
		{"&EIO=4", "40", "40", `421["echo","ä"]`, `431["ä"]`},
		{"&EIO=4&j=0", "d=40", "___eio[0](\"40", `d=421["echo","ä"]`, "___eio[0](\"431[\\\"ä\\\"]\");"},
		{"&EIO=3", "", "2:40", `15:421["echo","ä"]`, `8:431["ä"]`},
		{"&EIO=3&b64=1", "", "2:40", `15:421["echo","ä"]`, `8:431["ä"]`},
		{"&EIO=3&j=12", "", "___eio[12](\"2:40", `d=15:421["echo","ä"]`, "___eio[12](\"8:431[\\\"ä\\\"]\");"},
	} {
		t.Run(k.query, func(t *testing.T) {
			_, opened := n.b.connect(0, time.Now()).ask("GET", k.query, "")
			found := sidIn.FindStringSubmatch(opened)
			if found == nil {
				t.Fatalf("opened with %q", opened)
			}
			q := k.query + "&sid=" + found[1]
			c := n.a.connect(0, time.Now())
			if k.connect != "" {
				if status, body := c.ask("POST", q, k.connect); status != 200 || body != "ok" {
					t.Fatal(status, body)
				}
			}
			if !strings.Contains(opened, "2:40") { // with the handshake
				if status, body := c.ask("GET", q, ""); status != 200 || !strings.HasPrefix(body, k.connected) {
					t.Fatal(status, body)
				}
			}
			for range 3 {
				if status, body := c.ask("POST", q, k.event); status != 200 || body != "ok" {
					t.Fatal(status, body)
				}
				if status, body := c.ask("GET", q, ""); status != 200 || body != k.ack {
					t.Fatalf("%d %q, want %q", status, body, k.ack)
				}
			}
		})
	}
}

// A client of revision 3 upgrades through a tunnel, and its pings are answered.
func TestUpgradeOfRevision3AcrossNodes(t *testing.T) {
	n := beginNodes(t, echo(make(chan string, 10)))
	_, opened := n.b.connect(0, time.Now()).ask("GET", "&EIO=3", "")
	w := &webSocket{n.a.connect(0, time.Now())}
	w.send(strings.Replace(fmt.Sprintf(upgradeRequest, "&sid="+sidIn.FindStringSubmatch(opened)[1]), "EIO=4", "EIO=3", 1))
	if res, err := http.ReadResponse(w.r, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", res, err)
	}
	w.write("2probe")
	w.expect("3probe")
	w.write("5")
	if !strings.Contains(opened, "2:40") {
		w.expect("40")
	}
	for range 3 {
		w.write("2")
		w.expect("3")
		w.speaks()
	}
}

// beats has b's sessions ping from now on.
func (n *nodes) beats(interval, timeout time.Duration) {
	n.t.Helper()
	s := settings()
	s.PingInterval, s.PingTimeout = interval, timeout
	config, err := json.Marshal(s)
	if err != nil {
		n.t.Fatal(err)
	}
	n.b.tell(0, fdpass.Reload{Config: config})
	want := fmt.Sprintf(`"pingInterval":%d,`, interval.Milliseconds())
	for late := time.Now().Add(patience); ; {
		if _, opened := n.b.connect(0, time.Now()).ask("GET", "&EIO=4", ""); strings.Contains(opened, want) {
			return
		}
		if time.Now().After(late) {
			n.t.Fatal("not reloaded")
		}
	}
}

// Heartbeats cross a tunnel; a client that does not answer them is given up at
// both ends.
func TestHeartbeatThroughATunnel(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	n.beats(50*time.Millisecond, 3*time.Second)
	w := n.a.upgrade(0, n.b.session(0), 0)
	for range 5 {
		w.expect("2")
		w.write("3")
	}
	w.expect("2")
	reason(t, gone, "ping timeout")
	w.gone()
}

// A client whose events wait for their handlers upgrades all the same, through
// another machine: its POST is answered, and nothing is lost, doubled or out of
// order.
func TestUpgradeOfAPausedSessionAcrossNodes(t *testing.T) {
	const before, events = 3000, 6000
	proceed, done := make(chan struct{}), make(chan struct{})
	var next, wrong atomic.Int64
	n := beginNodes(t, func(io *socketio.Server) {
		io.Of("/").On("number", func(_ *socketio.Socket, e *socketio.Event) {
			<-proceed
			var number int64
			if e.Decode(&number) != nil || number != next.Load() {
				wrong.Add(1)
			}
			if next.Add(1) == events {
				close(done)
			}
		})
	})
	q := n.b.session(0)
	var payload strings.Builder
	for i := range before {
		fmt.Fprintf(&payload, "42[\"number\",%d]\x1e", i)
	}
	post := n.a.poll(0, "POST", q, strings.TrimSuffix(payload.String(), "\x1e"))
	n.tap.await(8, kindRequest, n.tap.count(8, kindRequest)) // it is on its way
	w := n.a.upgrade(0, q, 0)
	sent := make(chan error, 1)
	go func() {
		var frames strings.Builder
		for i := before; i < events; i++ {
			frames.WriteString(masked(fmt.Sprintf(`42["number",%d]`, i)))
		}
		_, err := io.WriteString(w, frames.String())
		sent <- err
	}()
	close(proceed)
	post.expect(200, "ok")
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(2 * patience):
		t.Fatalf("%d of %d events", next.Load(), events)
	}
	if wrong.Load() > 0 {
		t.Errorf("%d events were not in order", wrong.Load())
	}
}

// A home that is replaced takes its sessions along: who waits is answered,
// connections end, and the next requests are refused at once; its successor's
// sessions are found.
func TestHomeIsReplaced(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	for range 2 {
		q := n.b.session(0)
		n.relays(q)
		waiting := n.a.poll(0, "GET", q, "")
		w := n.a.upgrade(0, n.b.session(0), 0)
		w.speaks()
		n.b.stop(0)
		if status := waiting.status(); status != 200 && status != 400 { // closed, or gone
			t.Errorf("status %d", status)
		}
		w.gone()
		for late := time.Now().Add(patience); ; {
			c := n.a.poll(0, "GET", q, "")
			if status := c.status(); status == 400 {
				break
			} else if time.Now().After(late) {
				t.Fatalf("status %d of a session that is gone", status)
			}
		}
		n.serve(n.b, 0, echo(gone))
		n.acquainted()
		n.a.poll(0, "GET", q, "").expect(400, unknownSID)
	}
}

// What is larger than may be is refused where it arrives; the bus hears nothing
// of it.
func TestTooLargeAcrossNodes(t *testing.T) {
	n := beginNodes(t, echo(make(chan string, 10)))
	q := n.b.session(0)
	before := n.tap.count(8, kindRequest)
	c := n.a.connect(0, time.Now())
	go func() { // it may be refused before all has been sent
		_, _ = fmt.Fprintf(c, "POST /socket.io/?EIO=4&transport=polling%s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n%s", q, strings.Repeat("4", 1_000_001))
	}()
	if status := c.status(); status != 413 {
		t.Errorf("status %d", status)
	}
	if after := n.tap.count(8, kindRequest); after != before {
		t.Errorf("%d messages", after-before)
	}
	n.a.poll(0, "POST", q, `421["echo","a"]`).expect(200, "ok")
}

// A client that ends only its sending leaves.
func TestHalfCloseOfATunnel(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	w := n.a.upgrade(0, n.b.session(0), 0)
	w.speaks()
	if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	reason(t, gone, "transport close")
	w.gone()
}
