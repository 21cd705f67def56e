package fdpass

import (
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// sendBuffer is asked of the kernel for each socketpair, in bytes; net.core.wmem_max may grant less. It bounds what is in
// flight: some 500 to 1,300 short messages.
const sendBuffer = 512 << 10

// End is one end of a socketpair. It is non-blocking, close-on-exec and not known to Go's poller, so that the events of an end
// which a process merely holds wake nobody. The End owns its descriptor.
type End struct {
	mu sync.RWMutex // held for reading around each system call: a closed number may be another file's at once
	fd int          // -1 once closed
}

// Pair makes a socketpair. Both ends can send and receive; an inbox uses them as its names say.
func Pair() (read, write *End, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer) // the default serves too
	}
	return &End{fd: fds[0]}, &End{fd: fds[1]}, nil
}

// NewEnd takes ownership of fd, which must be an unnamed, connected SOCK_SEQPACKET socket: one end of a socketpair. On an error
// fd stays the caller's.
func NewEnd(fd int) (*End, error) {
	if err := isPair(fd); err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return &End{fd: fd}, nil
}

// isPair tells whether fd is one end of a SOCK_SEQPACKET socketpair.
func isPair(fd int) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if kind != unix.SOCK_SEQPACKET {
		return fmt.Errorf("descriptor %d: socket type %d, want SOCK_SEQPACKET", fd, kind)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	if u, ok := name.(*unix.SockaddrUnix); !ok || u.Name != "" && u.Name != "@" { // x/sys calls the unnamed "@"
		return fmt.Errorf("descriptor %d: not one end of a socketpair", fd)
	}
	listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil || listening != 0 {
		return fmt.Errorf("descriptor %d: not one end of a socketpair", fd)
	}
	return nil
}

// Descriptor is the number of e's descriptor, for a child to inherit: valid while nobody closes e, never to be closed by the caller; -1 once closed.
func (e *End) Descriptor() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.fd
}

// Close closes the descriptor. It is safe beside every other method, and again.
func (e *End) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fd < 0 {
		return nil
	}
	err := unix.Close(e.fd)
	e.fd = -1
	return os.NewSyscallError("close", err)
}

// use calls f with the descriptor, which stays open meanwhile: f must not block.
func (e *End) use(f func(fd int) error) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.fd < 0 {
		return ErrClosed
	}
	return f(e.fd)
}

// poller gives a second descriptor of the same socket to Go's poller. The caller closes the file.
func (e *End) poller() (file *os.File, raw syscall.RawConn, err error) {
	err = e.use(func(fd int) error {
		dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		file = os.NewFile(uintptr(dup), "inbox") // non-blocking, so it joins the poller
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if raw, err = file.SyscallConn(); err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, raw, nil
}
