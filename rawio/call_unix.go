//go:build unix && (!linux || race)

package rawio

import "syscall"

// Read is the system's; see Linux's. The race detector takes what passes through a socket for an order of events, but sees only
// these calls.
func Read(fd int, b []byte) (int, error) { return call(syscall.Read, fd, b) }

// Write is the system's; see Linux's.
func Write(fd int, b []byte) (int, error) { return call(syscall.Write, fd, b) }

func call(f func(int, []byte) (int, error), fd int, b []byte) (int, error) {
	for {
		n, err := f(fd, b)
		if err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}

func shutdownWrite(fd int) error { return syscall.Shutdown(fd, syscall.SHUT_WR) }
