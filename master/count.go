package master

import (
	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/turnstile"
)

// prepareLimits makes what the limits need. Where none wants connections counted, there is no turnstile, and nothing is.
func (r *run) prepareLimits() (err error) {
	if r.options.Limits.counted() {
		if r.turnstile, err = turnstile.New(len(r.slots)); err != nil {
			return err
		}
	}
	ledger := newLedger(r.turnstile, len(r.slots))
	for _, s := range r.slots {
		s.spilled = &r.board.Slot(s.index).Spilled
		s.open = func() int { return ledger.open(s.index) }
	}
	r.door.ledger = ledger
	r.door.setLimits(r.options.Limits, r.began)
	return nil
}

// reconcile keeps the rings short while nobody comes, and strikes off what counts as being on its way to a slot where nothing is.
func (r *run) reconcile() {
	l := r.door.ledger
	if !l.counts() {
		return
	}
	was := l.unsound
	var empty [MaxWorkers]bool
	for i, s := range r.slots {
		empty[i] = len(s.waiting) == 0 && !unreadIn(s)
	}
	l.read() // after that look: what was taken before it has been noted by now
	for i := range r.slots {
		if empty[i] {
			l.arrived(i)
		}
	}
	if l.unsound > was {
		r.log.Error("a worker's notes of its connections make no sense", "times", l.unsound-was)
	}
}

// unreadIn tells whether something lies in the inbox of s. In doubt it does.
func unreadIn(s *slot) bool {
	fds := []unix.PollFd{{Fd: int32(s.read.Descriptor()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n > 0 || err != nil
}
