package engineio_test

import (
	"net"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// light is a blocking connection that costs no memory of Go's, so that what is
// measured is the server's.
type light struct{ fd int }

func openLight(t *testing.T, addr string) *light {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}); err != nil {
		t.Fatal(err)
	}
	return &light{fd}
}

func (l *light) send(t *testing.T, s string) {
	t.Helper()
	if _, err := unix.Write(l.fd, []byte(s)); err != nil {
		t.Fatal(err)
	}
}

// receive reads until the connection ends.
func (l *light) receive(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	var b [2048]byte
	for {
		n, err := unix.Read(l.fd, b[:])
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return all.String()
		}
		all.Write(b[:n])
	}
}

func (l *light) close() { _ = unix.Close(l.fd) }
