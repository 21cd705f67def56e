package logging_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioserver/ioserver/command/logging"
)

// big fills the queue before the flood rule speaks up.
var big = strings.Repeat("x", 4000)

// burst logs n lines, of which those of one number differ only by it.
func burst(l *slog.Logger, n int) {
	for i := range n {
		l.Info(fmt.Sprint("message ", i/logging.FloodLines), "n", i, "big", big)
	}
}

var (
	number   = regexp.MustCompile(` n=(\d+) big=(?:x{1000}x{1000}x{1000}x{1000}|"")$`)
	lostLine = regexp.MustCompile(`level=WARN msg="log lines lost" slot=7 lost=(\d+)$`)
)

// account checks that the lines are a part of a burst in its order, with a notice
// in the place of each gap, and returns how many were lost by the notices' word.
// Some may be missing at the end.
func account(t *testing.T, lines []string) (seen, lost int) {
	t.Helper()
	next := 0
	for _, line := range lines {
		if m := lostLine.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			lost += n
			next += n
			continue
		}
		m := number.FindStringSubmatch(line)
		if m == nil {
			continue // torn
		}
		if n, _ := strconv.Atoi(m[1]); n != next {
			t.Fatalf("line %d comes where %d was to come", n, next)
		}
		next++
		seen++
	}
	return seen, lost
}

var slot7 = slog.Int("slot", 7)

func TestNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	l := logging.New(w, logging.Config{}, slot7)
	const n = 1000
	burst(l.Logger(), n) // returns, which is the point
	if l.Lost() == 0 || l.Lost() > n {
		t.Errorf("%d lost of %d", l.Lost(), n)
	}
	lost := l.Lost()
	var out sink
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(&out, r) })
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	w.Close()
	reader.Wait()
	seen, told := account(t, out.lines(t))
	if told != int(lost) || seen+told != n {
		t.Errorf("%d lines and %d told to be lost, of %d; Lost says %d", seen, told, n, lost)
	}
}

func TestCloseGivesUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := logging.New(w, logging.Config{})
	burst(l.Logger(), 100)
	if err := l.Close(); !errors.Is(err, logging.ErrUnwritten) {
		t.Errorf("%v", err)
	}
	if err := l.Close(); !errors.Is(err, logging.ErrUnwritten) {
		t.Errorf("again: %v", err)
	}
	if l.Lost() == 0 {
		t.Error("nothing lost")
	}
	w.Close() // frees the writer
}

func TestLogAfterClose(t *testing.T) {
	out := new(sink)
	l := logging.New(out, logging.Config{})
	_ = l.Close()
	l.Logger().Info("late")
	if l.Lost() != 1 || out.String() != "" {
		t.Errorf("%d lost, written %q", l.Lost(), out.String())
	}
}

// TestNobodyCanRead is for outputs that fail: the log neither blocks nor ends.
func TestNobodyCanRead(t *testing.T) {
	// As the processes of ioserver do: a pipe without a reader must not end them.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	outputs := map[string]func(*testing.T) *os.File{
		"closed pipe": func(t *testing.T) *os.File {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			return w
		},
		"full disk": func(t *testing.T) *os.File {
			f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip(err)
			}
			return f
		},
		"closed file": func(t *testing.T) *os.File {
			f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			return f
		},
	}
	for name, open := range outputs {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			defer f.Close()
			l := logging.New(f, logging.Config{})
			const n = 100
			burst(l.Logger(), n)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if l.Lost() != n {
				t.Errorf("%d lost of %d", l.Lost(), n)
			}
		})
	}
}

// TestSharedNonblockingPipe: another process that has the pipe too may set it not
// to block, which the runtime does not know.
func TestSharedNonblockingPipe(t *testing.T) {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w := os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
	defer r.Close()
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	l := logging.New(w, logging.Config{}, slot7)
	const n = 100 // more than the pipe takes, and less than the queue
	burst(l.Logger(), n)
	var out sink
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(&out, r) })
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	w.Close()
	reader.Wait()
	if seen, _ := account(t, out.lines(t)); seen != n || l.Lost() != 0 {
		t.Errorf("%d lines of %d, %d lost", seen, n, l.Lost())
	}
}

// output is a disk that fills up and is cleared, or a terminal that is not ready.
type output struct {
	sink
	mu   sync.Mutex
	room int // bytes until it fails; negative: it does not
	err  error
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.room < 0 || len(b) <= o.room {
		o.room -= len(b)
		return o.sink.Write(b)
	}
	n, _ := o.sink.Write(b[:o.room])
	o.room = 0
	return n, o.err
}

func (o *output) set(room int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.room = room
}

func TestDiskFullForAWhile(t *testing.T) {
	for _, room := range []int{0, 1, 100, 4000, 10_000} {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &output{room: room, err: syscall.ENOSPC}
				l := logging.New(out, logging.Config{}, slot7)
				burst(l.Logger(), 20)
				synctest.Wait()
				lost := l.Lost()
				if lost == 0 {
					t.Error("nothing lost")
				}
				out.set(-1)
				time.Sleep(2 * time.Minute) // nothing more is logged, and still it is told
				synctest.Wait()
				lines := out.lines(t)
				m := lostLine.FindStringSubmatch(lines[len(lines)-1])
				if m == nil || m[1] != strconv.FormatUint(lost, 10) {
					t.Errorf("%d lost, the last line: %.200q", lost, lines[len(lines)-1])
				}
				l.Logger().Info("after", "n", 20, "big", "")
				if err := l.Close(); err != nil {
					t.Error(err)
				}
				if seen, told := account(t, out.lines(t)); uint64(told) != lost || seen+told != 21 {
					t.Errorf("%d lines, %d told to be lost of %d", seen, told, lost)
				}
			})
		})
	}
}

func TestOutputNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &output{room: 5000, err: syscall.EAGAIN}
		l := logging.New(out, logging.Config{}, slot7)
		burst(l.Logger(), 20)
		synctest.Wait()
		out.set(-1)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if seen, _ := account(t, out.lines(t)); l.Lost() != 0 || seen != 20 {
			t.Errorf("%d lines, %d lost", seen, l.Lost())
		}
	})
}

func TestOutputNeverReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := logging.New(&output{err: syscall.EAGAIN}, logging.Config{})
		burst(l.Logger(), 20)
		synctest.Wait()
		if err := l.Close(); !errors.Is(err, logging.ErrUnwritten) {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		if l.Lost() != 20 {
			t.Errorf("%d lost", l.Lost())
		}
	})
}

// pieces are the writes.
type pieces struct{ all [][]byte }

func (p *pieces) Write(b []byte) (int, error) {
	p.all = append(p.all, append([]byte(nil), b...))
	return len(b), nil
}

// TestWritesAreWholeLines: what several processes write to one pipe stays apart
// as long as each write is short enough, and whole.
func TestWritesAreWholeLines(t *testing.T) {
	out := new(pieces)
	l := logging.New(out, logging.Config{})
	for i := range 200 {
		l.Logger().Info(fmt.Sprint("message ", i), "x", strings.Repeat("x", i*37%3000))
	}
	l.Logger().Info("long", "x", strings.Repeat("x", 6000))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, b := range out.all {
		lines := strings.Count(string(b), "\n")
		if b[len(b)-1] != '\n' || len(b) > 4096 && lines > 1 {
			t.Errorf("a write of %d bytes with %d line ends: %.80q", len(b), lines, b)
		}
	}
}
