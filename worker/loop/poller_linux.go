package loop

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Interest and readiness. Errors and hang-ups are always reported.
const (
	evRead   = unix.EPOLLIN
	evWrite  = unix.EPOLLOUT
	evHangup = unix.EPOLLHUP | unix.EPOLLERR
)

// maxEvents is the most events, and with that reads, of one turn.
const maxEvents = 512

type pollEvent struct{ unix.EpollEvent }

// origin is what the event was registered with.
func (e *pollEvent) origin() (fd int, generation uint32) { return int(e.Fd), uint32(e.Pad) }

// poller is an epoll instance whose descriptor waits in the runtime's poller.
type poller struct {
	fd     int
	file   *os.File // closes fd
	bell   *bell
	raw    syscall.RawConn
	ready  func(uintptr) bool // look as a value, made once
	asleep func() bool        // declares sleep; false: there is something to do
	slept  bool               // the latest wait did sleep
	events []pollEvent
	count  int
	err    error

	deadline time.Time // what the file's read deadline was last set to; zero: none
	moved    bool      // the deadline has struck, or wake has moved it
}

// longAgo is a read deadline that ends a wait at once.
var longAgo = time.Unix(1, 0)

func openPoller(asleep func() bool) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // tells os.NewFile that it can be polled
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &poller{fd: fd, file: os.NewFile(uintptr(fd), "epoll"), asleep: asleep, events: make([]pollEvent, maxEvents)}
	p.ready = p.look
	if p.raw, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{})
	}
	if err != nil {
		p.file.Close()
		return nil, fmt.Errorf("wait for epoll in the runtime's poller: %w", err)
	}
	if p.bell, err = openBell(); err != nil {
		p.file.Close()
		return nil, err
	}
	return p, nil
}

func (p *poller) close() error {
	p.bell.close()
	return p.file.Close()
}

func (p *poller) giveWay() error { return p.bell.giveWay() }

// poll returns what is ready now. The slice is valid until the next call.
func (p *poller) poll() ([]pollEvent, error) {
	p.count, p.err = epollWait(p.fd, p.events)
	return p.events[:p.count], p.err
}

// wait is poll, and where nothing is ready sleeps until something is, wake is called or the armed time comes. In the latter two
// cases it returns at once, without a look at what is ready: looked is false.
func (p *poller) wait() (events []pollEvent, looked bool, err error) {
	p.count, p.err, p.slept = 0, nil, false
	err = p.raw.Read(p.ready)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.moved = true
		return nil, false, nil
	}
	if err == nil {
		err = p.err
	}
	return p.events[:p.count], true, err
}

// look is what the runtime's poller calls before it parks the goroutine; false parks it.
func (p *poller) look(uintptr) bool {
	p.count, p.err = epollWait(p.fd, p.events)
	if p.count > 0 || p.err != nil || !p.asleep() {
		return true
	}
	p.slept = true
	return false
}

// arm makes wait return at the given time. A deadline that is set too early is left alone: waking once for nothing is cheaper than
// moving it every time that a heartbeat is put off.
func (p *poller) arm(at time.Time, ok bool) error {
	if !ok {
		at = time.Time{}
	}
	if !p.moved && (!ok || !p.deadline.IsZero() && !at.Before(p.deadline)) {
		return nil
	}
	p.deadline, p.moved = at, false
	return p.file.SetReadDeadline(at)
}

// wake ends a wait, or makes the next one short. Any goroutine, also after close.
func (p *poller) wake() { _ = p.file.SetReadDeadline(longAgo) } // an error: the loop has ended

func (p *poller) add(fd int, generation, interest uint32) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, generation, interest)
}

func (p *poller) modify(fd int, generation, interest uint32) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, generation, interest)
}

func (p *poller) remove(fd int) { _ = p.control(unix.EPOLL_CTL_DEL, fd, 0, 0) }

func (p *poller) control(op, fd int, generation, interest uint32) error {
	ev := unix.EpollEvent{Events: interest, Fd: int32(fd), Pad: int32(generation)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &ev))
}

// epollWait does not block, and so need not tell the scheduler.
func epollWait(fd int, events []pollEvent) (int, error) {
	for {
		n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		switch e {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, os.NewSyscallError("epoll_pwait", e)
		}
	}
}
