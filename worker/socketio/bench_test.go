package socketio_test

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// rawClient is a WebSocket client without allocations of its own.
type rawClient struct {
	conn net.Conn
	in   []byte
}

// rawConnect takes the connection out of a client that has joined.
func rawConnect(tb testing.TB, addr string) *rawClient {
	return &rawClient{conn: connect(tb, addr).conn.NetConn(), in: make([]byte, 64<<10)}
}

// masked is a client's text frame.
func masked(text string) []byte {
	return append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)
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

// BenchmarkEcho is an event with an acknowledgement, one at a time, and as
// many in flight as the name says. allocs/op is the server's: the client has
// none.
func BenchmarkEcho(b *testing.B) {
	for _, flight := range []int{1, 64} {
		b.Run(fmt.Sprintf("inflight=%d", flight), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			_, addr := start(b, socketio.Options{}, func(s *socketio.Server) {
				s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
			})
			c := rawConnect(b, addr)
			one := masked(`421["echo",{"hello":"world","n":12345}]`)
			var out []byte
			for range flight {
				out = append(out, one...)
			}
			answer := len(`431[{"hello":"world","n":12345}]`) + 2
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += flight {
				if _, err := c.conn.Write(out); err != nil {
					b.Fatal(err)
				}
				c.read(b, flight*answer)
			}
		})
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
