package engineio_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// BenchmarkWebSocketEcho is one message there and back. Client and network are
// in it; what is allocated is the handler's copy and message.
func BenchmarkWebSocketEcho(b *testing.B) {
	e := start(b)
	w := upgraded(b, e)
	request, answer := []byte(text("4hello")), make([]byte, 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Conn.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(w.r, answer); err != nil {
			b.Fatal(err)
		}
	}
	if !bytes.Equal(answer, []byte("\x81\x064hello")) {
		b.Fatalf("%q", answer)
	}
}

// BenchmarkBroadcast sends one message to 1,000 WebSockets, and ends when all
// have read it.
func BenchmarkBroadcast(b *testing.B) {
	const n = 1000
	broadcast := broadcast(b, n)
	b.ReportAllocs()
	for b.Loop() {
		broadcast()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/delivery")
}

// broadcast returns one broadcast to n WebSockets.
func broadcast(tb testing.TB, n int) func() {
	e := start(tb)
	var sessions []*engineio.Session
	var read sync.WaitGroup
	m, buf := engineio.Room(100)
	m.Fill(append(buf, strings.Repeat("x", 100)...))
	for range n {
		w := upgraded(tb, e)
		sessions = append(sessions, e.session(tb))
		go reader(w, 103, &read)
	}
	send := newCall(func() {
		for _, s := range sessions {
			s.Send(m)
		}
	})
	return func() {
		read.Add(n)
		e.run(send)
		read.Wait()
	}
}

// call is a task that is run again and again, so that waiting for the loop
// allocates nothing.
type call struct {
	f    func()
	done chan struct{}
}

func newCall(f func()) *call { return &call{f, make(chan struct{}, 1)} }

// Run is the task.
func (c *call) Run() { c.f(); c.done <- struct{}{} }

func (e *engine) run(c *call) {
	e.loop.Post(c)
	<-c.done
}

// reader counts frames of a size until its connection ends.
func reader(w *wire, size int, read *sync.WaitGroup) {
	buf := make([]byte, size)
	for {
		if _, err := io.ReadFull(w.r, buf); err != nil {
			return
		}
		read.Done()
	}
}

// upgraded is a raw WebSocket, behind its open packet and without a deadline.
func upgraded(b testing.TB, e *engine) *wire {
	b.Helper()
	w := dial(b, e.addr)
	w.write(head("GET", "EIO=4&transport=websocket", "", upgradeLines...) + text("4ready"))
	w.expectUpgrade()
	w.frames("4ready")
	_ = w.SetDeadline(time.Time{})
	return w
}

// BenchmarkHeartbeat is a ping's way out and the pong's back in, for a session
// of each revision.
func BenchmarkHeartbeat(b *testing.B) {
	for name, heartbeat := range map[string]func(testing.TB) func(){"server pings": serverPings, "client pings": clientPings} {
		b.Run(name, func(b *testing.B) {
			beat := heartbeat(b)
			b.ReportAllocs()
			for b.Loop() {
				beat()
			}
		})
	}
}

// serverPings returns one heartbeat of a session of revision 4.
func serverPings(tb testing.TB) func() {
	e := start(tb)
	return heartbeat(tb, e, upgraded(tb, e), "\x81\x012", text("3"), engineio.Ping)
}

// clientPings is the same of revision 3.
func clientPings(tb testing.TB) func() {
	e := start(tb)
	w := dial(tb, e.addr)
	w.write(head("GET", "EIO=3&transport=websocket", "", upgradeLines...) + text("4ready"))
	w.expectUpgrade()
	w.frames("4ready")
	request := []byte(text("2"))
	return heartbeat(tb, e, w, "\x81\x013", "", func(*engineio.Session) { write(tb, w, request) })
}

func heartbeat(tb testing.TB, e *engine, w *wire, want, answer string, ping func(*engineio.Session)) func() {
	s := e.session(tb)
	_ = w.SetDeadline(time.Time{})
	beat := newCall(func() { ping(s) })
	waiting := true
	heard := newCall(func() { waiting = engineio.AwaitsPong(s) })
	got, reply := make([]byte, len(want)), []byte(answer)
	return func() {
		e.run(beat)
		if _, err := io.ReadFull(w.r, got); err != nil || string(got) != want {
			tb.Fatalf("%q: %v", got, err)
		}
		write(tb, w, reply)
		for waiting = true; waiting; {
			e.run(heard)
		}
	}
}

// BenchmarkPollingRoundTrip is a POST and the poll that brings its echo, on one
// keep-alive connection each.
func BenchmarkPollingRoundTrip(b *testing.B) {
	for _, waits := range []bool{false, true} {
		name := "poll finds it"
		if waits {
			name = "poll waits"
		}
		b.Run(name, func(b *testing.B) {
			e := start(b)
			p := e.polling(b, "EIO=4")
			_, _ = p.poll.SetDeadline(time.Time{}), p.send.SetDeadline(time.Time{})
			get, post := []byte(head("GET", p.q, "")), []byte(head("POST", p.q, "4hello")+"4hello")
			b.ReportAllocs()
			for b.Loop() {
				if waits {
					write(b, p.poll, get)
				}
				write(b, p.send, post)
				read(b, p.send, "ok")
				if !waits {
					write(b, p.poll, get)
				}
				read(b, p.poll, "4hello")
			}
		})
	}
}

func write(b testing.TB, w net.Conn, data []byte) {
	if _, err := w.Write(data); err != nil {
		b.Fatal(err)
	}
}

// read reads an answer that ends with those bytes, without allocating.
func read(b *testing.B, w *wire, end string) {
	for {
		line, err := w.r.ReadSlice('\n')
		if err != nil {
			b.Fatal(err)
		}
		if len(line) == 2 {
			break
		}
	}
	body, err := w.r.Peek(len(end))
	if err != nil || string(body) != end {
		b.Fatalf("%q: %v", body, err)
	}
	_, _ = w.r.Discard(len(end))
}
