package loop

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bell lets a loop that has no time to sleep give way to the network.
//
// The runtime looks at its own descriptors (HTTP, the broker's connections) only when no goroutine can run, or else every 10 ms.
// With GOMAXPROCS=1 a loop that is never idle would keep every one of their reads waiting for that long, and runtime.Gosched does
// not help, since the loop stays runnable. So the loop waits for a descriptor that it makes ready itself: whoever can run runs, then
// the runtime looks at all descriptors and finds this one among the others.
type bell struct {
	file *os.File // an eventfd. Never read: it reports each write, whatever it holds
	raw  syscall.RawConn
	ring func(uintptr) bool // once as a value, made once
	rung bool
}

func openBell() (*bell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	b := &bell{file: os.NewFile(uintptr(fd), "eventfd")}
	b.ring = b.once
	if b.raw, err = b.file.SyscallConn(); err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

// giveWay returns after everybody else who can run, or whose descriptor is ready, has had the chance.
func (b *bell) giveWay() error {
	b.rung = false
	return b.raw.Read(b.ring)
}

var one = [8]byte{1}

// once rings and has the runtime park the goroutine; the second time, woken by the ring, it is content.
func (b *bell) once(fd uintptr) bool {
	if b.rung {
		return true
	}
	b.rung = true
	_, _, e := unix.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&one)), uintptr(len(one)))
	return e != 0 // not rung: do not wait for it
}

func (b *bell) close() { b.file.Close() }
