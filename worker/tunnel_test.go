package worker_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/socketio"
)

// webSocket is a client's end of one.
type webSocket struct{ *connection }

const upgradeRequest = "GET /socket.io/?EIO=4&transport=websocket%s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// upgrade upgrades a session on a connection to that worker, which is another's.
// The frames of the probe come right behind the request, or one by one.
func (n *neighbours) upgrade(number int, query string, together int) *webSocket {
	n.t.Helper()
	w := &webSocket{n.connect(number, time.Now())}
	text := fmt.Sprintf(upgradeRequest, query)
	packets := []string{"2probe", "5"}
	for _, p := range packets[:min(together, 2)] {
		text += masked(p)
	}
	w.send(text)
	res, err := http.ReadResponse(w.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		n.t.Fatalf("upgrade: %+v, %v", res, err)
	}
	if together == 0 {
		w.write("2probe")
	}
	w.expect("3probe")
	if together < 2 {
		w.write("5")
	}
	return w
}

func (w *webSocket) send(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *webSocket) write(packet string) { w.t.Helper(); w.send(masked(packet)) }

// masked is a client's text frame, whose mask changes nothing.
func masked(packet string) string {
	head := []byte{0x81}
	switch n := len(packet); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	return string(head) + "\x00\x00\x00\x00" + packet
}

// read returns the next frame's payload.
func (w *webSocket) read() (string, error) {
	var head [2]byte
	if _, err := io.ReadFull(w.r, head[:]); err != nil {
		return "", err
	}
	size := uint64(head[1] & 0x7f)
	if size >= 126 {
		wide := make([]byte, 2+6*(size-126))
		if _, err := io.ReadFull(w.r, wide); err != nil {
			return "", err
		}
		size = binary.BigEndian.Uint64(append(make([]byte, 8-len(wide)), wide...))
	}
	b := make([]byte, size)
	_, err := io.ReadFull(w.r, b)
	return string(b), err
}

func (w *webSocket) expect(packet string) {
	w.t.Helper()
	if got, err := w.read(); err != nil || got != packet {
		w.t.Fatalf("%.80q %v, want %.80q", got, err, packet)
	}
}

// speaks returns when the session has heard, and its home has finished the
// upgrade.
func (w *webSocket) speaks() {
	w.t.Helper()
	w.write(`421["echo","a"]`)
	w.expect(`431["a"]`)
}

// gone reads until the connection ends.
func (w *webSocket) gone() {
	w.t.Helper()
	for {
		if _, err := w.read(); err != nil {
			if late, ok := err.(interface{ Timeout() bool }); ok && late.Timeout() {
				w.t.Error("the connection does not end")
			}
			return
		}
	}
}

// An upgrade that reaches another machine than its session succeeds, whatever
// comes right behind it, and large messages pass both ways.
func TestUpgradeAcrossNodes(t *testing.T) {
	n := beginNodes(t, echo(make(chan string, 10)))
	for together := range 3 {
		w := n.a.upgrade(0, n.b.session(0), together)
		w.write(`421["echo","a"]`)
		w.expect(`431["a"]`)
		long := strings.Repeat("x", 900_000)
		for i := range 3 {
			go func() { _, _ = io.WriteString(w, masked(fmt.Sprintf(`42%d["echo","%s"]`, i, long))) }()
			w.expect(fmt.Sprintf(`43%d["%s"]`, i, long))
		}
	}
}

// A WebSocket that ends at either end ends at the other.
func TestTunnelEnds(t *testing.T) {
	for name, end := range map[string]struct {
		by   func(n *nodes, w *webSocket)
		want string
	}{
		"the client closes":          {func(_ *nodes, w *webSocket) { w.Close() }, "transport close"},
		"the client sends its close": {func(_ *nodes, w *webSocket) { w.send("\x88\x80\x00\x00\x00\x00") }, "transport close"},
		"the client leaves":          {func(_ *nodes, w *webSocket) { w.write("41") }, "client namespace disconnect"},
		"the server disconnects":     {func(_ *nodes, w *webSocket) { w.write(`42["leave"]`) }, "server namespace disconnect"},
		"the carrier stops":          {func(n *nodes, _ *webSocket) { n.a.stop(0) }, "transport close"},
		"the home stops":             {func(n *nodes, _ *webSocket) { n.b.stop(0) }, "server shutting down"},
	} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan string, 10)
			n := beginNodes(t, echo(gone), func(io *socketio.Server) {
				io.Of("/").On("leave", func(s *socketio.Socket, _ *socketio.Event) { s.Disconnect(true) })
			})
			w := n.a.upgrade(0, n.b.session(0), 0)
			w.speaks()
			end.by(n, w)
			reason(t, gone, end.want)
			if end.want != "client namespace disconnect" {
				w.gone()
			}
		})
	}
}

// A frame that is lost ends the tunnel at both ends; nothing behind it is passed
// on.
func TestTunnelLosesAFrame(t *testing.T) {
	for name, node := range map[string]byte{"on the way home": 8, "on the way to the client": 7} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan string, 10)
			n := beginNodes(t, echo(gone))
			w := n.a.upgrade(0, n.b.session(0), 0)
			w.speaks()
			count := n.tap.count(node, kindData)
			last := n.tap.await(node, kindData, count)
			next := append([]byte(nil), last.data...)
			number := binary.BigEndian.Uint32(next[29:])
			binary.BigEndian.PutUint32(next[29:], number+2) // as if the one between had been lost
			if err := n.tap.Publish(last.subject, next); err != nil {
				t.Fatal(err)
			}
			reason(t, gone, "transport close")
			w.gone()
		})
	}
}

// An end that is told more room than there ever was closes the tunnel: the other
// does not keep count.
func TestTunnelExcess(t *testing.T) {
	for name, node := range map[string]byte{"told the home": 8, "told the carrier": 7} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan string, 10)
			n := beginNodes(t, echo(gone))
			w := n.a.upgrade(0, n.b.session(0), 0)
			w.speaks()
			last := n.tap.await(node, kindData, n.tap.count(node, kindData))
			window := append([]byte(nil), last.data[:34]...)
			window[1] = kindWindow
			binary.BigEndian.PutUint32(window[29:], binary.BigEndian.Uint32(window[29:])+1)
			if err := n.tap.Publish(last.subject, binary.BigEndian.AppendUint32(window, 300<<10)); err != nil {
				t.Fatal(err)
			}
			reason(t, gone, "transport close")
			w.gone()
		})
	}
}

// The death of either machine's worker closes the connection at the other.
func TestTunnelDeaths(t *testing.T) {
	t.Run("the home", func(t *testing.T) {
		n := beginNodes(t)
		n.serve(n.b, 1)
		q := n.b.session(1)
		n.relays(q)
		w := n.a.upgrade(0, q, 0)
		n.b.tell(0, fdpass.Peer{Slot: 1, Life: n.b.slots[1].life})
		w.gone()
	})
	t.Run("the carrier", func(t *testing.T) {
		gone := make(chan string, 10)
		n := beginNodes(t, echo(gone))
		n.serve(n.a, 1)
		q := n.b.session(0)
		for late := time.Now().Add(patience); n.a.poll(1, "POST", q, "3").status() != 200; {
			if time.Now().After(late) {
				t.Fatal("requests are not relayed")
			}
		}
		n.a.upgrade(1, q, 0).speaks()
		n.a.tell(0, fdpass.Peer{Slot: 1, Life: n.a.slots[1].life})
		reason(t, gone, "transport close")
	})
}

// A session that has ended refuses an upgrade through the tunnel as it does
// directly.
func TestTunnelRefused(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone))
	q := n.b.session(0)
	n.b.poll(0, "POST", q, "1").expect(200, "ok")
	reason(t, gone, "transport close")
	w := &webSocket{n.a.connect(0, time.Now())}
	w.send(fmt.Sprintf(upgradeRequest, q))
	w.connection.expect(400, "Session ID unknown")
	w.gone()
}

// most is far more than what may be under way in a tunnel, kernels' buffers
// included, and far less than what is said.
const most = 24 << 20

// A client that reads nothing holds the bus up no further than the window, until
// its session's own bound ends it.
func TestTunnelToWhoDoesNotRead(t *testing.T) {
	gone := make(chan string, 10)
	n := beginNodes(t, echo(gone), func(io *socketio.Server) {
		io.Of("/").On("flood", func(s *socketio.Socket, _ *socketio.Event) {
			for line := strings.Repeat("x", 64<<10); s.Connected(); {
				if s.Emit("line", line) != nil {
					return
				}
			}
		})
	})
	w := n.a.upgrade(0, n.b.session(0), 0)
	w.write(`42["flood"]`)
	reason(t, gone, "buffer overflow")
	if said := n.tap.bytes(7, kindData); said > most {
		t.Errorf("%d bytes on the bus", said)
	}
	n.b.poll(0, "POST", n.b.session(0), "3").expect(200, "ok")
}

// A session that is not read from holds its client back, and nothing is lost or
// out of order once it is.
func TestTunnelToASlowSession(t *testing.T) {
	const events = 150
	proceed := make(chan struct{})
	var next, wrong atomic.Int64
	done := make(chan struct{})
	n := beginNodes(t, func(io *socketio.Server) {
		io.Of("/").On("number", func(_ *socketio.Socket, e *socketio.Event) {
			<-proceed
			var number int64
			var padding string
			if e.Decode(&number, &padding) != nil || number != next.Load() {
				wrong.Add(1)
			}
			if next.Add(1) == events {
				close(done)
			}
		})
	})
	w := n.a.upgrade(0, n.b.session(0), 0)
	sent := make(chan error, 1)
	go func() {
		padding := strings.Repeat("x", 100_000)
		for i := range events { // 15 MB
			if _, err := io.WriteString(w, masked(fmt.Sprintf(`42["number",%d,"%s"]`, i, padding))); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	n.tap.await(8, kindData, 16)
	close(proceed)
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
