package fdpass

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Where a child finds what it inherits.
const (
	ControlFD    = 3 // the control channel
	ScoreboardFD = 4 // the scoreboard's memory
	InboxFD      = 5 // the read end of its own inbox (workers)
	OutboxesFD   = 6 // the write ends of all inboxes in slot order, its own included (workers); behind them its estate, and the turnstile, if any
)

// Inherited tells whether this process is a child of a master, and returns its control channel if so: descriptor 3 is one end of
// a SOCK_SEQPACKET socketpair that this process's parent has made, or whose maker has died already (the channel then reads end of
// file). Nothing that a person types makes a process a child. Call it once, at start.
func Inherited() (*Control, bool) {
	if isPair(ControlFD) != nil {
		return nil, false
	}
	maker, err := unix.GetsockoptUcred(ControlFD, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || int(maker.Pid) != os.Getppid() && !hungUp(ControlFD) {
		return nil, false
	}
	e, err := NewEnd(ControlFD)
	if err != nil {
		return nil, false
	}
	c := NewControl(e)
	if isFile(ScoreboardFD) {
		unix.CloseOnExec(ScoreboardFD)
		c.scoreboard = ScoreboardFD
	}
	if inbox, err := NewEnd(InboxFD); err == nil {
		c.inbox = inbox
	}
	c.outboxes, c.estate, c.turnstile = inheritedOutboxes, inheritedEstate, inheritedTurnstile
	return c, true
}

// isFile tells whether fd is a regular file, as the scoreboard's memory is.
func isFile(fd int) bool {
	var stat unix.Stat_t
	return unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG
}

func hungUp(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return n == 1 && err == nil && fds[0].Revents&unix.POLLHUP != 0
}

func inheritedOutboxes(slots int) ([]*End, error) {
	ends := make([]*End, 0, slots)
	for slot := range slots {
		e, err := NewEnd(OutboxesFD + slot)
		if err != nil {
			return nil, fmt.Errorf("inbox of slot %d: %w", slot, err)
		}
		ends = append(ends, e)
	}
	return ends, nil
}
