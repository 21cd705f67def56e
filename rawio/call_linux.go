//go:build !race

package rawio

import (
	"syscall"
	"unsafe"
)

// Read reads from a descriptor that does not block. 0 and no error are the end; syscall.EAGAIN: there is nothing just now.
func Read(fd int, b []byte) (int, error) { return call(syscall.SYS_READ, fd, b) }

// Write writes to a descriptor that does not block, as much as it takes. syscall.EAGAIN: it takes nothing just now.
func Write(fd int, b []byte) (int, error) { return call(syscall.SYS_WRITE, fd, b) }

func call(trap uintptr, fd int, b []byte) (int, error) {
	for {
		n, _, e := syscall.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		switch e {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, e
		}
	}
}

func shutdownWrite(fd int) error { return syscall.Shutdown(fd, syscall.SHUT_WR) }
