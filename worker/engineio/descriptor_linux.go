package engineio

import (
	"os"

	"golang.org/x/sys/unix"
)

// duplicate returns another descriptor of the same socket.
func duplicate(fd int) (int, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	return copied, os.NewSyscallError("fcntl", err)
}

func closeDescriptor(fd int) { _ = unix.Close(fd) }
