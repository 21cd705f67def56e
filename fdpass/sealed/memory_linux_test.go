package sealed_test

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/sealed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const size = 8192

var layout = sealed.Layout{Name: "test", Magic: 0x1234, Version: 5, Slots: 6, Bytes: size}

// What one writes another reads, who needs no descriptor for it.
func TestShared(t *testing.T) {
	before := descriptors(t)
	ours, err := sealed.New(layout)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(ours.Descriptor())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := sealed.Open(fd, layout)
	if err != nil {
		t.Fatal(err)
	}
	if len(ours.Bytes()) != size || len(theirs.Bytes()) != size || theirs.Descriptor() != -1 {
		t.Errorf("%d and %d bytes, descriptor %d", len(ours.Bytes()), len(theirs.Bytes()), theirs.Descriptor())
	}
	ours.Bytes()[size-1] = 7
	for _, n := range []int64{0, size - 1, size + 1} {
		if err := unix.Ftruncate(ours.Descriptor(), n); err != unix.EPERM {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for range 2 { // again does no harm
		if err := ours.Close(); err != nil || ours.Bytes() != nil || ours.Descriptor() != -1 {
			t.Error(err)
		}
	}
	if theirs.Bytes()[size-1] != 7 || theirs.Bytes()[sealed.HeaderBytes] != 0 {
		t.Error("other bytes than were written")
	}
	if err := theirs.Close(); err != nil {
		t.Error(err)
	}
	if err := (*sealed.Memory)(nil).Close(); err != nil {
		t.Error(err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

func TestOpenRefusesOthers(t *testing.T) {
	memory := func(seals, size int) int {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err == nil {
			err = unix.Ftruncate(fd, int64(size))
		}
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
		}
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[1])
	const sealing = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	for _, c := range []struct {
		fd   int
		want string
	}{
		{-1, "none inherited"},
		{pipe[0], "its size is not sealed"},
		{memory(0, size), "its size is not sealed"},
		{memory(unix.F_SEAL_GROW, size), "its size is not sealed"},
		{memory(sealing, size-1), "8191 bytes, want 8192"},
		{memory(sealing, size+1), "8193 bytes, want 8192"},
		{memory(sealing, size), "another memory"},
	} {
		before := descriptors(t)
		if m, err := sealed.Open(c.fd, layout); m != nil || err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
		if after := descriptors(t); c.fd >= 0 && after != before-1 {
			t.Errorf("%s: %d descriptors, before %d", c.want, after, before)
		}
	}
	before := descriptors(t)
	if err := sealed.Discard(memory(0, 1)); err != nil || descriptors(t) != before {
		t.Error(err)
	}
	if err := sealed.Discard(-1); err != nil {
		t.Error(err)
	}
}

// What was laid out otherwise, by a master of another build, is refused.
func TestOpenComparesLayouts(t *testing.T) {
	m, err := sealed.New(layout)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for want, change := range map[string]func(*sealed.Layout){
		"another memory":   func(l *sealed.Layout) { l.Magic++ },
		"layout 5, want 6": func(l *sealed.Layout) { l.Version++ },
		"6 slots, want 7":  func(l *sealed.Layout) { l.Slots++ },
	} {
		before := descriptors(t)
		fd, err := unix.Dup(m.Descriptor())
		if err != nil {
			t.Fatal(err)
		}
		other := layout
		change(&other)
		if got, err := sealed.Open(fd, other); got != nil || err == nil || !strings.HasPrefix(err.Error(), "test: descriptor ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors, before %d", after, before)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
