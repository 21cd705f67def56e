package command

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine gives up what a worker has no use for: capabilities, which it has where
// the master runs as root, and the way to others by a program it might start.
// Every thread has to do it, which is not possible in a program with C in it.
func confine() error {
	if err := everyThread(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return fmt.Errorf("confine: %w", os.NewSyscallError("prctl", err))
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has, none [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err == nil && has == none {
		return nil
	}
	if err := everyThread(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0); err != nil {
		return fmt.Errorf("confine: %w", os.NewSyscallError("capset", err))
	}
	return nil
}

//go:uintptrescapes
func everyThread(trap, a1, a2, a3 uintptr) error {
	_, _, e := syscall.AllThreadsSyscall6(trap, a1, a2, a3, 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}
