package scoreboard_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

func newBoard(t *testing.T, slots int) *scoreboard.Board {
	t.Helper()
	b, err := scoreboard.New(slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func dup(t *testing.T, fd int) int {
	t.Helper()
	other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func rows(b *scoreboard.Board) (all []*scoreboard.Row) {
	all = append(all, b.Master(), b.Broker())
	for i := range b.Slots() {
		all = append(all, b.Slot(i))
	}
	return all
}

// Every cell of every row is its own, and the same in both mappings.
func TestRowsAreShared(t *testing.T) {
	before := descriptors(t)
	ours, err := scoreboard.New(scoreboard.MaxSlots)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := scoreboard.Open(dup(t, ours.Descriptor()), scoreboard.MaxSlots)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Descriptor() != -1 || theirs.Slots() != scoreboard.MaxSlots {
		t.Errorf("descriptor %d, %d slots", theirs.Descriptor(), theirs.Slots())
	}
	for i, r := range rows(ours) {
		n := uint64(i+1) << 32
		r.Begin(n, int64(n))
		r.Counters[0].Add(n + 1)
		r.Counters[scoreboard.Counters-1].Add(n + 2)
		r.Gauges[0].Store(n + 3)
		r.Gauges[scoreboard.Gauges-1].Store(n + 4)
	}
	for i, r := range rows(theirs) {
		n := uint64(i+1) << 32
		got := [...]uint64{
			r.Life.Load(), uint64(r.Started.Load()), r.Counters[0].Load(), r.Counters[scoreboard.Counters-1].Load(), r.Gauges[0].Load(),
			r.Gauges[scoreboard.Gauges-1].Load(),
		}
		if want := [...]uint64{n, n, n + 1, n + 2, n + 3, n + 4}; got != want || r.State.Load() != uint32(scoreboard.Starting) {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
	for range 2 { // again does no harm
		if err := ours.Close(); err != nil {
			t.Error(err)
		}
	}
	theirs.Slot(3).Counters[0].Add(1) // the mapping needs neither the other nor a descriptor
	if err := theirs.Close(); err != nil {
		t.Error(err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, before %d", after, before)
	}
}

func TestOpenRefusesOthers(t *testing.T) {
	memory := func(seals int, content []byte) int {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(fd, content); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	const sealed = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	board := newBoard(t, 2)
	valid := make([]byte, 5*4096)
	if _, err := unix.Pread(board.Descriptor(), valid, 0); err != nil {
		t.Fatal(err)
	}
	otherLayout := append([]byte(nil), valid...)
	binary.NativeEndian.PutUint32(otherLayout[8:], 99)
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[1])
	for _, c := range []struct {
		name  string
		fd    int
		slots int
		want  string
	}{
		{"none", -1, 2, "none inherited"},
		{"a pipe", pipe[0], 2, "not sealed"},
		{"not sealed", memory(0, valid), 2, "not sealed"},
		{"too short", memory(sealed, valid[:4096]), 2, "4096 bytes, want 20480"},
		{"nothing in it", memory(sealed, make([]byte, len(valid))), 2, "another memory"},
		{"another layout", memory(sealed, otherLayout), 2, "layout 99"},
		{"more slots", dup(t, board.Descriptor()), 3, "bytes, want"},
		{"too many slots", dup(t, board.Descriptor()), 257, "257 slots"},
		{"less than none", dup(t, board.Descriptor()), -1, "-1 slots"},
	} {
		before := descriptors(t)
		b, err := scoreboard.Open(c.fd, c.slots)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.name, b, err)
		}
		if after := descriptors(t); c.fd >= 0 && after != before-1 {
			t.Errorf("%s: %d descriptors, before %d: Open owns what it is given", c.name, after, before)
		}
	}
	for _, slots := range []int{-1, 257} {
		if _, err := scoreboard.New(slots); err == nil {
			t.Errorf("%d slots", slots)
		}
	}
	if unix.Ftruncate(board.Descriptor(), 4096) == nil {
		t.Error("a board may shrink")
	}
}

func TestSlotOutOfRange(t *testing.T) {
	b := newBoard(t, 1)
	for _, i := range []int{-1, 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("slot %d of 1", i)
				}
			}()
			b.Slot(i)
		}()
	}
}

// childMain counts in its slot, measures itself, and dies without a word.
func childMain(string) int {
	b, err := scoreboard.Open(3, 2)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	r := b.Slot(1)
	r.Counters[5].Add(r.Counters[5].Load() + 1)
	r.Gauges[5].Store(77)
	r.Measure()
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func TestRowOutlivesItsProcess(t *testing.T) {
	b := newBoard(t, 2)
	r := b.Slot(1)
	var cpu uint64
	for life, want := range []uint64{1, 3, 7} { // each goes on from what it finds
		file := os.NewFile(uintptr(dup(t, b.Descriptor())), "board")
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), childMode+"=count")
		cmd.ExtraFiles = []*os.File{file}
		out, err := cmd.Output()
		file.Close()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
			t.Fatalf("%s, %v", out, err)
		}
		if got := r.Counters[5].Load(); got != want {
			t.Errorf("life %d: counted %d, want %d", life, got, want)
		}
		if r.Gauges[5].Load() != 77 || r.Memory.Load() == 0 || r.Beat.Load() == 0 || r.CPU.Load() <= cpu {
			t.Errorf("life %d: gauge %d, memory %d, beat %d, CPU %d", life, r.Gauges[5].Load(), r.Memory.Load(), r.Beat.Load(), r.CPU.Load())
		}
		cpu = r.CPU.Load()
		r.End()
		if r.Gauges[5].Load() != 0 || r.Memory.Load() != 0 || r.Beat.Load() != 0 || r.Descriptors.Load() != 0 || r.PID.Load() != 0 {
			t.Errorf("life %d: what was true of the dead one only is still there", life)
		}
		if r.Counters[5].Load() != want || r.CPU.Load() != cpu {
			t.Errorf("life %d: its death took what it had counted", life)
		}
	}
}
