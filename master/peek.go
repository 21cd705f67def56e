package master

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/proxy"
)

// peeker looks at what connections begin with, before a slot is chosen for them. run puts them in (add), serve's goroutine looks, and
// gives back those that may go on. Bytes are looked at where they lie in the kernel; only a PROXY header is taken out.
//
// Nobody holds others up: what has not come is not waited for, and each connection has a time and a number of looks. It is in the
// epoll only while it is here, since others would have its events for as long as any process has its descriptor open.
type peeker struct {
	proxy  bool   // connections begin with a PROXY header
	header string // the field that tells by what to balance; "": none
	names  bool   // its value is addresses
	seed   maphash.Seed
	bounds peekBounds
	out    chan<- []looked // unbuffered
	row    *scoreboard.Row // the master's

	epoll int
	file  *os.File // closes epoll
	raw   syscall.RawConn

	mu      sync.Mutex
	closed  bool
	looking map[int]*look // by descriptor
	order   list.List     // the same, oldest first
	armed   time.Time     // the file's deadline: not after the oldest one's; zero: none

	// The rest belongs to serve.
	events [peekBatch]unix.EpollEvent
	buffer []byte
	batch  []looked
}

// peekBounds are limits.go's, smaller in tests.
type peekBounds struct {
	looking int
	age     time.Duration
	looks   int
}

// longAgo is a deadline that ends a wait at once.
var longAgo = time.Unix(1, 0)

func newPeeker(proxyHeader bool, field string, bounds peekBounds, out chan<- []looked, row *scoreboard.Row) (*peeker, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // tells os.NewFile that it can be polled
		return nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fd))
	}
	p := &peeker{
		proxy: proxyHeader, header: field, names: proxy.NamesClient(field), seed: maphash.MakeSeed(), bounds: bounds, out: out, row: row,
		epoll: fd, file: os.NewFile(uintptr(fd), "epoll"), looking: make(map[int]*look), buffer: make([]byte, proxy.MaxHeader+maxHead),
	}
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wait for epoll in the runtime's poller: %w", err), p.file.Close())
	}
	return p, nil
}

// add has c looked at. False where too many are already, or no more are wanted: c is still the caller's then.
func (p *peeker) add(c conn, trusted *proxy.Networks, now time.Time) bool {
	l := &look{conn: c, trusted: trusted, until: now.Add(p.bounds.age), proxy: p.proxy}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.looking) >= p.bounds.looking {
		return false
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(c.fd)}
	if unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, c.fd, &event) != nil {
		return false
	}
	p.looking[c.fd], l.place = l, p.order.PushBack(l)
	p.row.Gauges[scoreboard.Peeking].Store(uint64(len(p.looking)))
	if p.armed.IsZero() {
		p.arm(l.until)
	}
	return true
}

// arm sets when wait ends without an event. The caller holds the lock.
func (p *peeker) arm(at time.Time) {
	if p.closed {
		return // or it would undo the wake-up
	}
	p.armed = at
	_ = p.file.SetReadDeadline(at)
}

// remove takes l out: its descriptor is the caller's again.
func (p *peeker) remove(l *look) {
	_ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, l.fd, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.looking, l.fd)
	p.order.Remove(l.place)
	p.row.Gauges[scoreboard.Peeking].Store(uint64(len(p.looking)))
}

// serve looks until ctx ends, then answers all that are here with 503. It is to be called once, and closes the epoll. Two batches take
// turns: run takes the next one only when it has dealt with the one before. One that stays empty has not had its turn: the other may be
// run's yet.
func (p *peeker) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, p.wake)
	defer stop()
	defer p.end()
	var batches [2][]looked
	for turn := 0; ctx.Err() == nil; {
		n, struck := p.wait()
		p.row.Counters[scoreboard.PeekTurns].Add(1)
		p.batch = batches[turn][:0]
		for _, e := range p.events[:n] {
			p.mu.Lock()
			l := p.looking[int(e.Fd)]
			p.mu.Unlock()
			if l != nil {
				p.look(l, e.Events)
			}
		}
		if struck {
			p.expire(time.Now())
		}
		batches[turn] = p.batch
		if len(p.batch) == 0 {
			continue
		}
		select {
		case p.out <- p.batch:
			turn = 1 - turn
		case <-ctx.Done():
			for _, l := range p.batch {
				refuseOne(l.fd)
			}
		}
	}
}

// wait returns how many events there are, and whether it is time for the oldest.
func (p *peeker) wait() (n int, struck bool) {
	err := p.raw.Read(func(uintptr) bool {
		var err error
		n, err = unix.EpollWait(p.epoll, p.events[:], 0)
		return n > 0 || err != nil && err != unix.EINTR
	})
	return max(n, 0), errors.Is(err, os.ErrDeadlineExceeded)
}

// expire gives up on those that have been here for long enough.
func (p *peeker) expire(now time.Time) {
	for {
		p.mu.Lock()
		front := p.order.Front()
		if front == nil || now.Before(front.Value.(*look).until) {
			var at time.Time
			if front != nil {
				at = front.Value.(*look).until
			}
			p.arm(at)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		p.giveUp(front.Value.(*look))
	}
}

// wake ends serve's wait for good.
func (p *peeker) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		_ = p.file.SetReadDeadline(longAgo)
	}
}

// end answers those who are still here.
func (p *peeker) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for fd := range p.looking {
		refuseOne(fd)
	}
	p.row.Gauges[scoreboard.Peeking].Store(0)
	clear(p.looking)
	p.order.Init()
	_ = p.file.Close()
}
