package lean

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	readBytes     = 256 << 10
	eventsPerTurn = 512
	// preciseBelow is the wait from which on a millisecond more or less does not matter.
	preciseBelow = 20 * time.Millisecond
)

// Loop is an epoll instance with its connections.
type Loop struct {
	ep     int
	conns  []*conn // by descriptor
	serial int32
	buf    []byte
	events [eventsPerTurn]unix.EpollEvent
}

// NewLoop returns a loop, which its creator closes.
func NewLoop() (*Loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &Loop{ep: ep, buf: make([]byte, readBytes)}, nil
}

// Close closes every connection, without a word to anybody.
func (l *Loop) Close() {
	for _, c := range l.conns {
		if c != nil {
			c.hangUp()
		}
	}
	unix.Close(l.ep)
}

// Turn waits for input, at most so long, and handles it.
func (l *Loop) Turn(wait time.Duration) error {
	wait = max(wait, 0)
	if wait > 0 && wait < preciseBelow {
		at := unix.NsecToTimespec(int64(wait))
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(l.ep), Events: unix.POLLIN}}, &at, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("ppoll: %w", err)
		}
		wait = 0
	}
	n, err := unix.EpollWait(l.ep, l.events[:], int(wait.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("epoll wait: %w", err)
	}
	for _, e := range l.events[:max(n, 0)] {
		if c := l.conns[e.Fd]; c != nil && c.serial == e.Pad {
			c.handle(e.Events)
		}
	}
	return nil
}

// ErrLate is what [Loop.Until] returns.
var ErrLate = errors.New("not done in time")

// Until turns until something is done, at most so long.
func (l *Loop) Until(limit time.Duration, done func() bool) error {
	for end := Clock() + int64(limit); !done(); {
		left := end - Clock()
		if left <= 0 {
			return ErrLate
		}
		if err := l.Turn(min(time.Duration(left), 100*time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

// Pace calls send for each of rate times a second, as long as said; due is when it
// was to be, and now or past.
func (l *Loop) Pace(rate float64, length time.Duration, send func(i int, due int64)) error {
	from, count := Clock(), int(rate*length.Seconds())
	for i := 0; i < count; {
		due := from + int64(float64(i)/rate*1e9)
		if now := Clock(); now < due {
			if err := l.Turn(time.Duration(due - now)); err != nil {
				return err
			}
			continue
		}
		send(i, due)
		if i++; i%64 == 0 { // who is behind reads all the same
			if err := l.Turn(0); err != nil {
				return err
			}
		}
	}
	return nil
}
