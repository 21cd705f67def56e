package estate

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// New makes an empty estate for a slot. The caller owns the file; no memory is taken before something is noted.
func New() (*os.File, error) {
	const name = "ioserver-estate"
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("estate: %w", os.NewSyscallError("memfd_create", err))
	}
	return os.NewFile(uintptr(fd), name), nil
}
