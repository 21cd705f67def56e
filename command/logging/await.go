package logging

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// await waits for room behind a descriptor that somebody else, to whom it belongs
// too, has set not to block. It returns false when Close has given up.
func (w *writer) await() bool {
	for {
		if w.poll() {
			return true
		}
		select {
		case <-w.log.late:
			return false
		default:
		}
	}
}

// poll waits for a moment.
func (w *writer) poll() bool {
	conn, ok := w.w.(syscall.Conn)
	if !ok {
		return w.later()
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return w.later()
	}
	ready := true
	err = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, int(pollTime.Milliseconds()))
		ready = n > 0 || err != nil && err != unix.EINTR
	})
	return err != nil || ready
}

// later is for writers without a descriptor.
func (w *writer) later() bool {
	timer := time.NewTimer(pollTime)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.log.late:
		return false
	}
}
