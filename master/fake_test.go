package master

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// fakeSystem runs test workers as goroutines that die like processes: their descriptors close.
type fakeSystem struct {
	t           *testing.T
	dieAtStart  atomic.Int32 // so many more starts end at once
	failAtStart atomic.Int32 // so many more starts report a failure, and end
	refuse      atomic.Int32 // so many more starts fail in the system
	deaf        bool         // workers stop listening at the first Peer message
	mu          sync.Mutex
	started     []*fakeProcess
}

type fakeProcess struct {
	title   string
	worker  *testWorker
	control *fdpass.Control
	inbox   *fdpass.End
	once    sync.Once
	dead    chan struct{}
	status  string
}

func (f *fakeSystem) system() system { return system{start: f.start} }

func (f *fakeSystem) start(title string, files []int) (process, error) {
	if f.refuse.Add(-1) >= 0 {
		return nil, errors.New("no more processes")
	}
	var ends []*fdpass.End
	shared := -1
	for i, fd := range files {
		dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		if 3+i == fdpass.ScoreboardFD {
			shared = dup
			continue
		}
		e, err := fdpass.NewEnd(dup)
		if err != nil && i >= len(files)-2 { // the estate, and the turnstile: tests note what these workers would
			_ = unix.Close(dup)
			continue
		}
		if err != nil {
			return nil, err
		}
		ends = append(ends, e)
	}
	p := &fakeProcess{title: title, dead: make(chan struct{})}
	if len(ends) > 1 {
		p.inbox = ends[1]
		for _, e := range ends[2:] {
			_ = e.Close() // the test worker sends to nobody
		}
	}
	p.control = fdpass.NewChild(ends[0], shared, p.inbox, nil)
	hello, err := p.control.Hello() // the master has sent it already
	if err != nil {
		return nil, err
	}
	board, err := scoreboard.Open(p.control.Scoreboard(), hello.Slots)
	if err != nil {
		return nil, err
	}
	if err := board.Close(); err != nil { // tests write what these workers would
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p.worker = &testWorker{
		control: p.control, hello: hello, pid: 1000 + len(f.started),
		peers: make(chan fdpass.Peer, 1000), buses: make(chan fdpass.Bus, 1000), reloads: make(chan string, 1000),
	}
	if f.deaf {
		p.worker.peers = make(chan fdpass.Peer)
	}
	f.started = append(f.started, p)
	if f.dieAtStart.Add(-1) >= 0 {
		p.end("exit status 7")
		return p, nil
	}
	if f.failAtStart.Add(-1) >= 0 {
		p.worker.config.FailAtStart = "no descriptors"
	}
	go func() { p.end(fmt.Sprintf("exit status %d", p.worker.run(p.inbox))) }()
	return p, nil
}

func (p *fakeProcess) end(status string) {
	p.once.Do(func() {
		p.status = status
		_ = p.control.Close()
		if p.inbox != nil {
			_ = p.inbox.Close()
		}
		close(p.dead)
	})
}

func (p *fakeProcess) Pid() int { return p.worker.pid }
func (p *fakeProcess) Kill()    { p.end("signal: killed") }
func (p *fakeProcess) Wait() string {
	<-p.dead
	return p.status
}

// last is the newest process with the title.
func (f *fakeSystem) last(title string) *fakeProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.started) - 1; i >= 0; i-- {
		if f.started[i].title == title {
			return f.started[i]
		}
	}
	f.t.Fatalf("%s was never started", title)
	return nil
}
