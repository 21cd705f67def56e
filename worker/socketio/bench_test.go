package socketio_test

import (
	"bytes"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// rawClient is a WebSocket client without allocations of its own.
type rawClient struct {
	conn net.Conn
	in   []byte
}

// rawConnect takes the connection out of a client that has joined.
func rawConnect(tb testing.TB, addr string) *rawClient {
	conn := connect(tb, addr).conn.NetConn()
	_ = conn.SetDeadline(time.Time{})
	return &rawClient{conn: conn, in: make([]byte, 64<<10)}
}

// masked is a client's text frame.
func masked(text string) []byte {
	if n := len(text); n > 125 {
		return append([]byte{0x81, 0x80 | 126, byte(n >> 8), byte(n), 0, 0, 0, 0}, text...)
	}
	return append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
}

// frameSize is the size of a server's frame around so many bytes.
func frameSize(text int) int {
	if text > 125 {
		return text + 4
	}
	return text + 2
}

// read reads until n bytes have come.
func (c *rawClient) read(tb testing.TB, n int) {
	for got := 0; got < n; {
		k, err := c.conn.Read(c.in)
		if err != nil {
			tb.Fatal(err)
		}
		got += k
	}
}

// echo is a client that emits events, all at once, and reads their
// acknowledgements.
type echo struct {
	tb     testing.TB
	client *rawClient
	out    []byte
	answer int // bytes
}

// newEcho joins a namespace that answers "echo". The argument is a string of
// that size.
func newEcho(tb testing.TB, addr, namespace string, size, flight int) *echo {
	c := connect(tb, addr)
	prefix := ""
	if namespace != "/" {
		c.join(namespace)
		prefix = namespace + ","
	}
	e := &echo{tb: tb, client: &rawClient{conn: c.conn.NetConn(), in: make([]byte, 64<<10)}}
	_ = e.client.conn.SetDeadline(time.Time{})
	argument := `"` + strings.Repeat("x", size) + `"`
	one := masked(`42` + prefix + `1["echo",` + argument + `]`)
	e.out = bytes.Repeat(one, flight)
	e.answer = flight * frameSize(len(`43`+prefix+`1[`+argument+`]`))
	return e
}

// round is all events, there and back.
func (e *echo) round() {
	if _, err := e.client.conn.Write(e.out); err != nil {
		e.tb.Fatal(err)
	}
	e.client.read(e.tb, e.answer)
}

// BenchmarkEcho is an event with an acknowledgement, one at a time, and as
// many in flight as the name says. allocs/op is the server's: the client has
// none.
func BenchmarkEcho(b *testing.B) {
	for _, flight := range []int{1, 64} {
		for _, size := range []int{32, 800} {
			b.Run(fmt.Sprintf("inflight=%d/bytes=%d", flight, size), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				_, addr := start(b, socketio.Options{}, func(s *socketio.Server) {
					s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
				})
				e := newEcho(b, addr, "/", size, flight)
				b.ReportAllocs()
				b.ResetTimer()
				for n := 0; n < b.N; n += flight {
					e.round()
				}
			})
		}
	}
}

// BenchmarkBroadcast is an event to a room of 1,000, of which a client in the
// test reads all.
func BenchmarkBroadcast(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const members = 1000
	s, addr := start(b, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { _ = s.Join("room") })
	})
	clients := make([]*rawClient, members)
	for i := range clients {
		clients[i] = rawConnect(b, addr)
	}
	room := s.Of("/").To("room")
	size := len(`42["m",{"hello":"world"}]`) + 2
	payload := map[string]string{"hello": "world"}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if err := room.Emit("m", payload); err != nil {
			b.Fatal(err)
		}
		for _, c := range clients {
			c.read(b, size)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/members, "ns/delivery")
}
