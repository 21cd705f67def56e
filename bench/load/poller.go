package load

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller waits for descriptors. Its owner closes it.
type poller struct {
	epoll, wake int
	ready       [1024]unix.EpollEvent
	coarse      bool // the kernel has no epoll_pwait2: waits end on a millisecond
}

func (p *poller) open() error {
	var err error
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	if p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		unix.Close(p.epoll)
		return fmt.Errorf("eventfd: %w", err)
	}
	if err := p.add(p.wake, 0, unix.EPOLLIN); err != nil {
		p.close()
		return err
	}
	return nil
}

func (p *poller) close() {
	unix.Close(p.wake)
	unix.Close(p.epoll)
}

// add watches a descriptor. The serial comes back with each of its events.
func (p *poller) add(fd int, serial int32, events uint32) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, serial, events)
}

func (p *poller) change(fd int, serial int32, events uint32) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, serial, events)
}

func (p *poller) control(op, fd int, serial int32, events uint32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd), Pad: serial}
	if err := unix.EpollCtl(p.epoll, op, fd, &ev); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// interrupt ends the wait of another goroutine's, or its next one.
func (p *poller) interrupt() {
	one := [8]byte{1}
	_, _ = unix.Write(p.wake, one[:]) // full means that it is interrupted already
}

func (p *poller) interrupted() {
	var b [8]byte
	_, _ = unix.Read(p.wake, b[:])
}

// wait returns what is ready, after at most so many nanoseconds.
func (p *poller) wait(ns int64) ([]unix.EpollEvent, error) {
	if !p.coarse {
		ts := unix.NsecToTimespec(max(ns, 0))
		n, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.ready[0])),
			uintptr(len(p.ready)), uintptr(unsafe.Pointer(&ts)), 0, 0)
		switch e {
		case 0:
			return p.ready[:n], nil
		case unix.EINTR:
			return nil, nil
		case unix.ENOSYS:
			p.coarse = true
		default:
			return nil, fmt.Errorf("epoll: %w", e)
		}
	}
	n, err := unix.EpollWait(p.epoll, p.ready[:], int((max(ns, 0)+999_999)/int64(time.Millisecond)))
	if errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return p.ready[:n], nil
}
