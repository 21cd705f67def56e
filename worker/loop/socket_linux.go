package loop

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// errAgain: the kernel has no input, or takes no output, just now. EINTR and EAGAIN are decided in this file and nowhere else.
//
// The sockets do not block, so the calls need not tell the scheduler that they might. With GOMAXPROCS=1 this matters: a call that the
// runtime believes to block has its processor taken away after 20 us.
var errAgain = errors.New("would block")

// vectorSpace is room for writev's arguments.
type vectorSpace [maxVectors]unix.Iovec

func retry(name string, trap uintptr, fd int, p unsafe.Pointer, size int) (int, error) {
	for {
		n, _, e := unix.RawSyscall(trap, uintptr(fd), uintptr(p), uintptr(size))
		switch e {
		case 0:
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, errAgain
		default:
			return 0, os.NewSyscallError(name, e)
		}
	}
}

// readSocket returns 0, nil at the end of the peer's data.
func readSocket(fd int, b []byte) (int, error) {
	return retry("read", unix.SYS_READ, fd, unsafe.Pointer(unsafe.SliceData(b)), len(b))
}

func writeSocket(fd int, b []byte) (int, error) {
	return retry("write", unix.SYS_WRITE, fd, unsafe.Pointer(unsafe.SliceData(b)), len(b))
}

func writevSocket(fd int, vectors [][]byte, space *vectorSpace) (int, error) {
	for i, v := range vectors {
		space[i].Base = unsafe.SliceData(v)
		space[i].SetLen(len(v))
	}
	n, err := retry("writev", unix.SYS_WRITEV, fd, unsafe.Pointer(space), len(vectors))
	clear(space[:len(vectors)])
	return n, err
}

func shutdownWrite(fd int) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_WR))
}

// closeSocket ignores the error: Linux has let go of the descriptor whatever close says.
func closeSocket(fd int) { _ = unix.Close(fd) }

// pendingError is why a socket that reported a hang-up has nothing to read.
func pendingError(fd int) error {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || n == 0 {
		return os.NewSyscallError("read", unix.ECONNRESET)
	}
	return os.NewSyscallError("read", unix.Errno(n))
}
