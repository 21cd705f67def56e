package master

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

const patience = 10 * time.Second

func marshal(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unmarshal(b json.RawMessage, v any) {
	if len(b) > 0 {
		if err := json.Unmarshal(b, v); err != nil {
			panic(err)
		}
	}
}

// journal keeps log lines, and wakes who waits for one.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newJournal() *journal { return &journal{more: make(chan struct{})} }

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.more)
	j.more = make(chan struct{})
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// await waits until the journal contains each text at least n times.
func (j *journal) await(t *testing.T, text string, n int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		more, found := j.more, strings.Count(j.text.String(), text)
		j.mu.Unlock()
		if found >= n {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%q is not there %d times:\n%s", text, n, j)
		}
	}
}

// running is a master in this process.
type running struct {
	Started
	journal *journal
	run     *run
	fake    *fakeSystem       // of its workers, where they are
	board   *scoreboard.Board // a view of its own, which outlives the master's
	stop    context.CancelFunc
	ended   chan error
}

// begin starts a master, and stops it with the test unless that has happened.
func begin(t *testing.T, o Options, sys system, change func(*run)) *running {
	t.Helper()
	m := &running{journal: newJournal(), ended: make(chan error, 1)}
	o.Logger = m.journal.logger()
	if len(o.Listen) == 0 {
		o.Listen = []string{"127.0.0.1:0"}
	}
	started := make(chan Started, 1)
	o.Started = func(s Started) { started <- s }
	m.run = newRun(&o, sys)
	if change != nil {
		change(m.run)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	go func() { m.ended <- m.run.serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err, open := <-m.ended:
			if open && err != nil {
				t.Errorf("the master ended with: %v", err)
			}
		case <-time.After(patience):
			t.Errorf("the master does not end:\n%s", m.journal)
		}
		if t.Failed() {
			t.Logf("journal:\n%s", m.journal)
		}
	})
	select {
	case m.Started = <-started:
		m.board = view(t, m.run.board)
	case err := <-m.ended:
		m.ended <- err
		if change == nil {
			t.Fatalf("the master did not start: %v", err)
		}
	case <-time.After(patience):
		t.Fatalf("the master does not start:\n%s", m.journal)
	}
	return m
}

// view maps a board once more, until the test ends.
func view(t *testing.T, of *scoreboard.Board) *scoreboard.Board {
	t.Helper()
	fd, err := unix.FcntlInt(uintptr(of.Descriptor()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := scoreboard.Open(fd, of.Slots())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// end stops the master and returns what Run returned.
func (m *running) end(t *testing.T) error {
	t.Helper()
	m.stop()
	return m.wait(t)
}

func (m *running) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-m.ended:
		close(m.ended)
		return err
	case <-time.After(patience):
		t.Fatalf("the master does not end:\n%s", m.journal)
		return nil
	}
}

// noMore lets goroutines that are about to close what they have do so, until no more descriptors are open than there were before.
func noMore(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(patience); descriptors(t, "self") > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors, before %d: %s", descriptors(t, "self"), before, opened())
		}
	}
}

// descriptors counts the open descriptors of a process.
func descriptors(t *testing.T, pid string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/" + pid + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// opened names what this process has open.
func opened() (all []string) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		name, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil {
			all = append(all, e.Name()+" "+name)
		}
	}
	return all
}
