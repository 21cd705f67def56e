package master

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/proxy"
)

// A head ends in the same place, however it comes.
func TestHeadInPieces(t *testing.T) {
	for head, lines := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n": "Host: x\r\nA: b\r",
		"GET / HTTP/1.1\nHost: x\n\n":               "Host: x",
		"GET / HTTP/1.1\r\nHost: x\n\r\n":           "Host: x",
		"GET / HTTP/1.1\r\n\r\n":                    "",
		"\r\n\r\n":                                  "",
	} {
		for first := range len(head) {
			for second := first; second <= len(head); second++ {
				l := new(look)
				for _, n := range []int{first, second} {
					if got, whole := l.head([]byte(head[:n])); whole != (n == len(head)) || string(got) != lines && whole {
						t.Errorf("%q after %d and %d bytes: %q, %v", head, first, n, got, whole)
					}
				}
				if got, whole := l.head([]byte(head + "GET /next HTTP/1.1\r\n\r\n")); !whole || string(got) != lines {
					t.Errorf("%q after %d, %d and more: %q, %v", head, first, second, got, whole)
				}
			}
		}
	}
	l := new(look)
	for n := 0; n < maxHead+1000; n += 100 {
		if _, whole := l.head([]byte(strings.Repeat("x", n))); whole || l.seen > maxHead {
			t.Fatalf("%d bytes without an end: %v, %d seen", n, whole, l.seen)
		}
	}
}

// BenchmarkLook looks at one browser's request.
func BenchmarkLook(b *testing.B) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	request := "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: io.example.com\r\nX-Forwarded-For: 198.51.100.1, 192.0.2.1\r\n" +
		"User-Agent: " + strings.Repeat("x", 120) + "\r\nCookie: " + strings.Repeat("y", 300) + "\r\n\r\n"
	if _, err := unix.Write(pair[1], []byte(request)); err != nil {
		b.Fatal(err)
	}
	trusted, err := proxy.ParseNetworks([]string{"10.0.0.0/8", "unix"})
	if err != nil {
		b.Fatal(err)
	}
	p := &peeker{header: proxy.ForwardedFor, names: true, row: new(scoreboard.Row), buffer: make([]byte, proxy.MaxHeader+maxHead)}
	b.ReportAllocs()
	for b.Loop() {
		l := &look{conn: conn{fd: pair[0]}, trusted: trusted}
		n, _, err := unix.Recvfrom(l.fd, p.buffer, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err != nil {
			b.Fatal(err)
		}
		if by, v := p.judge(l, p.buffer[:n]); v != known || by == (fdpass.Addr{}) {
			b.Fatal(by, v)
		}
	}
}
