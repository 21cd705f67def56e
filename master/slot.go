package master

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/estate"
)

// slot is a worker's fixed place. Its inbox outlives its workers. It belongs to run.
type slot struct {
	index int
	read  *fdpass.End      // for the workers to inherit
	write *fdpass.End      // for the workers to inherit
	inbox *fdpass.Sender   // on write
	drain *fdpass.Receiver // on read, for when no worker reads

	estate *os.File // what its workers owe, for the next one to inherit

	child *child // nil while there is none
	pause respawn

	downSince time.Time // zero while serving
	closed    bool      // down beyond the bound: connections are refused at once
	drainAt   time.Time // while closed: when to look into the inbox again

	waiting []waiting // in order of arrival; what has gone in is taken off the front
	pumped  bool      // a goroutine waits for room in the inbox

	passed   uint64 // connections put into the inbox in this worker's life
	accepted uint64 // as it has reported
	held     int    // connections and sessions, as it has reported

	most    int            // connections that it may hold; 0: any number
	open    func() int     // how many it does, where that is counted
	spilled *atomic.Uint64 // on the scoreboard
}

// waiting is a connection for which its slot's inbox had no room.
type waiting struct {
	conn
	until time.Time
}

func newSlot(index int, now time.Time) (*slot, error) {
	read, write, err := fdpass.Pair()
	if err != nil {
		return nil, fmt.Errorf("inbox of slot %d: %w", index, err)
	}
	left, err := estate.New()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("slot %d: %w", index, err), read.Close(), write.Close())
	}
	return &slot{
		index: index, read: read, write: write, inbox: fdpass.NewSender(write), drain: fdpass.NewReceiver(read), estate: left, downSince: now,
	}, nil
}

func (s *slot) close() error { return errors.Join(s.inbox.Close(), s.drain.Close(), s.estate.Close()) }

// ready tells whether the slot's worker has said that it serves.
func (s *slot) ready() bool { return s.child != nil && s.child.ready }

// serving tells whether a connection that could go elsewhere may come here.
func (s *slot) serving() bool { return s.ready() && !s.child.stalled && !s.child.replaced }

// load estimates how many connections the slot holds: its last report, what it has not yet counted in it, and who waits here.
func (s *slot) load() int { return s.held + int(s.passed-s.accepted) + len(s.waiting) }

// full tells whether the slot holds as many connections as it may.
func (s *slot) full() bool { return s.most > 0 && s.open() >= s.most }

// spill counts a connection of this slot's addresses that goes to another.
func (s *slot) spill() {
	if s.spilled != nil {
		s.spilled.Add(1)
	}
}

// report takes a worker's own count. It may have accepted more than was passed in its life: what its predecessor left.
func (s *slot) report(m fdpass.Load) {
	s.accepted, s.held = m.Accepted, m.Open
	s.passed = max(s.passed, m.Accepted)
}

// down notes that nobody serves the slot.
func (s *slot) down(now time.Time) {
	s.child = nil
	s.passed, s.accepted, s.held = 0, 0, 0
	if s.downSince.IsZero() {
		s.downSince = now
	}
}

// up notes that the slot's worker serves.
func (s *slot) up() {
	s.downSince, s.drainAt, s.closed = time.Time{}, time.Time{}, false
}
