package fdpass_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// BenchmarkAccept is one connection's way through an inbox: send, receive, close.
func BenchmarkAccept(b *testing.B) {
	read, write, err := fdpass.Pair()
	if err != nil {
		b.Fatal(err)
	}
	r, s := fdpass.NewReceiver(read), fdpass.NewSender(write)
	defer r.Close()
	defer s.Close()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	payload := fdpass.AppendOrigin(nil, fdpass.Origin{Remote: addr(b, "10.0.0.1:1")})
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Send(fdpass.Accept, payload, fds[0]); err != nil {
			b.Fatal(err)
		}
		m, err := r.TryReceive()
		if err != nil {
			b.Fatal(err)
		}
		unix.Close(m.FD)
	}
}
