package fdpass

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Sender writes to an inbox. All methods are safe for concurrent use.
type Sender struct {
	end     *End
	sent    atomic.Uint64
	full    atomic.Uint64
	starved atomic.Int32  // refusals in a row for which the kernel has no event
	waiting chan struct{} // one place: at most one waiter holds a descriptor, the others queue behind it
	open    context.Context
	shut    context.CancelFunc
}

// NewSender makes a Sender on e. Closing the Sender closes e.
func NewSender(e *End) *Sender {
	s := &Sender{end: e, waiting: make(chan struct{}, 1)}
	s.open, s.shut = context.WithCancel(context.Background())
	return s
}

// Close closes the end. Whoever is in Wait returns with ErrClosed.
func (s *Sender) Close() error {
	s.shut()
	return s.end.Close()
}

// Sent counts the messages that the kernel took.
func (s *Sender) Sent() uint64 { return s.sent.Load() }

// Full counts the messages refused with ErrFull.
func (s *Sender) Full() uint64 { return s.full.Load() }

// Send queues one message, or fails at once with ErrFull, ErrGone, ErrTooLong, ErrClosed or a system error. fd is the descriptor
// to send along, -1 for none; it stays the caller's, who closes it whatever Send returns.
func (s *Sender) Send(kind Kind, payload []byte, fd int) error {
	if err := sendable(kind, payload, fd); err != nil {
		return err
	}
	var oob []byte
	if fd >= 0 {
		oob = unix.UnixRights(fd)
	}
	buffers := [][]byte{{byte(kind)}, payload}
	err := s.end.use(func(end int) error {
		for {
			_, err := unix.SendmsgBuffers(end, buffers, oob, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
			if err != unix.EINTR {
				return err
			}
		}
	})
	return s.outcome(err)
}

func sendable(kind Kind, payload []byte, fd int) error {
	switch {
	case !kind.Valid():
		return fmt.Errorf("send: unknown %v", kind)
	case (fd >= 0) != (kind.Descriptors() == 1):
		return fmt.Errorf("send: a message of kind %v carries %d descriptors", kind, kind.Descriptors())
	case len(payload) > MaxPayload:
		return fmt.Errorf("send %v, %d bytes: %w", kind, len(payload), ErrTooLong)
	}
	return nil
}

// outcome decides in one place what each of the kernel's answers means.
func (s *Sender) outcome(err error) error {
	switch {
	case err == nil:
		s.sent.Add(1)
		s.starved.Store(0)
		return nil
	case errors.Is(err, ErrClosed):
		return err
	case err == unix.EAGAIN:
		s.full.Add(1)
		return ErrFull
	case err == unix.ETOOMANYREFS || err == unix.ENOBUFS || err == unix.ENOMEM:
		s.full.Add(1)
		s.starved.Add(1)
		return ErrFull
	case err == unix.EPIPE || err == unix.ECONNRESET || err == unix.ENOTCONN:
		return ErrGone
	}
	return os.NewSyscallError("sendmsg", err)
}

// Pauses of Wait where the kernel has no event for what is missing: descriptors in flight, memory, or a free place in this
// process's own table to wait with.
const (
	starvedPauseMin = time.Millisecond
	starvedPauseMax = 128 * time.Millisecond
)

// Wait returns nil when it is worth trying Send again after ErrFull; ctx's error when ctx ends first; ErrGone or ErrClosed.
func (s *Sender) Wait(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.open, func() { cancel(ErrClosed) })()
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if n := s.starved.Load(); n > 0 {
		return pause(ctx, min(starvedPauseMin<<min(n-1, 16), starvedPauseMax))
	}
	err := s.writable(ctx)
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		return pause(ctx, starvedPauseMax)
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// writable waits in Go's poller until the kernel has room.
func (s *Sender) writable(ctx context.Context) error {
	file, raw, err := s.end.poller()
	if err != nil {
		return err
	}
	defer file.Close()
	defer context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Unix(1, 0)) })()
	var revents int16
	err = raw.Write(func(fd uintptr) bool {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		if n, err := unix.Poll(fds, 0); n == 0 || err != nil {
			return false
		}
		revents = fds[0].Revents
		return true
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	case revents&(unix.POLLHUP|unix.POLLERR) != 0:
		return ErrGone
	}
	return nil
}
