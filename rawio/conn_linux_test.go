package rawio_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/rawio"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// pair is two ends of a connection.
func pair(t *testing.T) (a, b *rawio.Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	local, remote := &net.UnixAddr{Name: "a", Net: "unix"}, &net.UnixAddr{Name: "b", Net: "unix"}
	a, b = rawio.NewConn(fds[0], local, remote), rawio.NewConn(fds[1], remote, local)
	for _, c := range []*rawio.Conn{a, b} {
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	if a.LocalAddr() != local || a.RemoteAddr() != remote {
		t.Errorf("addresses %v and %v", a.LocalAddr(), a.RemoteAddr())
	}
	return a, b
}

// More than the socket takes at once arrives whole, in both directions at once.
func TestBothWays(t *testing.T) {
	a, b := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	done := make(chan error, 4)
	var received [2][]byte
	for i, c := range []*rawio.Conn{a, b} {
		go func() {
			n, err := c.Write(sent)
			if err == nil && n != len(sent) {
				err = io.ErrShortWrite
			}
			done <- errors.Join(err, c.CloseWrite())
		}()
		go func() {
			all, err := io.ReadAll(c)
			received[i] = all
			done <- err
		}()
	}
	for range 2 * len(received) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for i, got := range received {
		if !bytes.Equal(got, sent) {
			t.Errorf("end %d received %d bytes, not those that were sent", i, len(got))
		}
	}
}

// Deadlines and Close end calls that wait, and are told apart.
func TestEndings(t *testing.T) {
	full := bytes.Repeat([]byte{0}, 1<<22)
	for name, f := range map[string]struct {
		call func(*rawio.Conn) error
		end  func(*rawio.Conn) error
		want error
	}{
		"read, deadline":  {readOne, past, os.ErrDeadlineExceeded},
		"write, deadline": {func(c *rawio.Conn) error { _, err := c.Write(full); return err }, past, os.ErrDeadlineExceeded},
		"read, close":     {readOne, (*rawio.Conn).Close, net.ErrClosed},
		"write, close":    {func(c *rawio.Conn) error { _, err := c.Write(full); return err }, (*rawio.Conn).Close, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := pair(t)
			ended := make(chan error, 1)
			go func() { ended <- f.call(a) }()
			if err := f.end(a); err != nil {
				t.Fatal(err)
			}
			err := <-ended
			if !errors.Is(err, f.want) {
				t.Errorf("%v", err)
			}
			var network net.Error
			if !errors.As(err, &network) || network.Timeout() != (f.want == os.ErrDeadlineExceeded) {
				t.Errorf("%#v", err)
			}
		})
	}
}

func readOne(c *rawio.Conn) error { _, err := c.Read(make([]byte, 1)); return err }

func past(c *rawio.Conn) error { return c.SetDeadline(time.Unix(1, 0)) }

// What lies in the socket is not read behind a deadline that has passed: who
// takes the descriptor away relies on it.
func TestPastDeadlineReadsNothing(t *testing.T) {
	a, b := pair(t)
	if _, err := b.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	_ = past(a)
	if err := readOne(a); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	_ = a.SetDeadline(time.Now().Add(patience))
	if err := readOne(a); err != nil {
		t.Error(err)
	}
}

// The other end's errors keep their number.
func TestErrors(t *testing.T) {
	a, b := pair(t)
	_ = b.Close()
	if _, err := a.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v", err)
	}
	if n, err := a.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := a.Read(nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestAllocations(t *testing.T) {
	a, b := pair(t)
	buf := make([]byte, 10)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := a.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Read(buf); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
