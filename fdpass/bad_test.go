package fdpass_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// TestBadMessages sends what no Sender would. Each time all that arrived is closed, the error names the fault, and the next
// message is received.
func TestBadMessages(t *testing.T) {
	near, far := stream(t)
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	datagram, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(datagram)
	many := make([]int, 64)
	for i := range many {
		many[i] = near
	}
	credentials := unix.UnixCredentials(&unix.Ucred{Pid: int32(os.Getpid()), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())})
	accept, request := string(rune(fdpass.Accept)), string(rune(fdpass.Request))
	for _, c := range []struct {
		name, payload, want string
		oob                 []byte
	}{
		{"no descriptor", accept + "x", "descriptor missing", nil},
		{"two descriptors", accept + "x", "more descriptors", unix.UnixRights(near, far)},
		{"more than the control buffer holds", accept + "x", "truncated", unix.UnixRights(many...)},
		{"a descriptor beside a request", request + "x", "more descriptors", unix.UnixRights(near)},
		{"truncated control data beside a request", request + "x", "truncated", unix.UnixRights(many...)},
		{"a file", accept + "x", "not a stream socket", unix.UnixRights(int(file.Fd()))},
		{"a datagram socket", accept + "x", "not a stream socket", unix.UnixRights(datagram)},
		{"kind 0", "\x00x", "unknown kind", unix.UnixRights(near)},
		{"unknown kind", "\xc8x", "unknown kind", unix.UnixRights(near)},
		{"longer than the buffer", request + strings.Repeat("x", fdpass.MaxPayload+1), "longer", nil},
		{"descriptors alone", "", "bad", unix.UnixRights(near)},
	} {
		t.Run(c.name, func(t *testing.T) {
			sameDescriptors(t)
			r, s, write := inbox(t)
			if err := unix.Sendmsg(write.Descriptor(), []byte(c.payload), c.oob, nil, 0); err != nil {
				t.Fatal(err)
			}
			expectBad(t, r, c.want)
			if err := s.Send(fdpass.Request, []byte("next"), -1); err != nil {
				t.Fatal(err)
			}
			if m, err := r.Receive(); err != nil || string(m.Payload) != "next" {
				t.Errorf("next: %q, %v", m.Payload, err)
			}
		})
	}
	t.Run("credentials", func(t *testing.T) {
		sameDescriptors(t)
		r, _, write := inbox(t)
		if err := unix.SetsockoptInt(r.Descriptor(), unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
			t.Fatal(err)
		}
		oob := append(credentials, unix.UnixRights(near)...)
		if err := unix.Sendmsg(write.Descriptor(), []byte(accept+"x"), oob, nil, 0); err != nil {
			t.Fatal(err)
		}
		expectBad(t, r, "")
	})
}

func expectBad(t *testing.T, r *fdpass.Receiver, want string) {
	t.Helper()
	m, err := r.Receive()
	var bad *fdpass.BadMessage
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || m.FD != -1 {
		t.Errorf("got %v, %v; want a bad message: %s", m, err, want)
	}
	if r.Bad() != 1 {
		t.Errorf("%d counted as bad", r.Bad())
	}
}
