package fdpass_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

const patience = 10 * time.Second

// descriptors counts this process's open descriptors.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// sameDescriptors fails the test unless as many descriptors are open at its end as now.
func sameDescriptors(t *testing.T) {
	t.Helper()
	// What the runtime opens once and keeps (its poller) must be open before counting.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	before := descriptors(t)
	t.Cleanup(func() {
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors open, %d before", after, before)
		}
	})
}

// inbox makes a pair that is closed at the test's end.
func inbox(t *testing.T) (*fdpass.Receiver, *fdpass.Sender, *fdpass.End) {
	t.Helper()
	read, write, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	r, s := fdpass.NewReceiver(read), fdpass.NewSender(write)
	t.Cleanup(func() {
		r.Close()
		s.Close()
	})
	return r, s, write
}

// stream makes two connected stream sockets that are closed at the test's end.
func stream(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
	return fds[0], fds[1]
}

// connected fails the test unless what is written to a arrives at b.
func connected(t *testing.T, a, b int) {
	t.Helper()
	word := []byte("through")
	if _, err := unix.Write(a, word); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 64)
	n, err := unix.Read(b, got)
	if err != nil || !bytes.Equal(got[:n], word) {
		t.Fatalf("read %q, %v", got[:max(n, 0)], err)
	}
}

// fillTable lowers this process's limit so that no further descriptor fits, until the function that it returns is called.
func fillTable(t *testing.T) (restore func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	next, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(next)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(next), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	restore = func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(restore)
	return restore
}
