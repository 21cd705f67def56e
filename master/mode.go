package master

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// presetMode lets bind make a socket's file with mode, less the umask: nobody finds it open for a moment.
func presetMode(c syscall.RawConn, mode uint32) error {
	var err error
	controlErr := c.Control(func(fd uintptr) { err = unix.Fchmod(int(fd), mode) })
	return errors.Join(controlErr, os.NewSyscallError("fchmod", err))
}

// setMode gives a socket's file what the umask has taken. It changes no other file, whatever has been put into the socket's place.
func setMode(path string, mode uint32) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("open", err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFSOCK:
		return errors.New("the file is not the socket that was made")
	case stat.Mode&0o777 == mode:
		return nil
	}
	// fchmod takes no descriptor that was opened for its path only.
	return os.NewSyscallError("chmod", unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode))
}

// public tells whether a Unix socket's file lets every user connect.
func (l *listener) public() bool {
	if !l.unix {
		return false
	}
	info, err := os.Stat(strings.TrimPrefix(l.address, unixPrefix))
	return err == nil && info.Mode().Perm()&0o002 != 0
}
