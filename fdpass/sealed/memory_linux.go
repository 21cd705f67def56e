package sealed

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// seals keep the size.
const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW

// New makes memory, all zero behind its header. The Memory owns descriptor and
// mapping. The system gives pages as they are touched for the first time.
func New(l Layout) (*Memory, error) {
	m, err := create(&l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Name, err)
	}
	return m, nil
}

func create(l *Layout) (*Memory, error) {
	fd, err := unix.MemfdCreate("ioserver-"+l.Name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	b, err := seal(fd, l.Bytes)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	l.mark(b)
	return &Memory{fd: fd, bytes: b}, nil
}

func seal(fd, size int) ([]byte, error) {
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, os.NewSyscallError("ftruncate", err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals|unix.F_SEAL_SEAL); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return mapped(fd, size)
}

// Open maps an inherited descriptor of exactly that layout. It takes ownership
// of it, and closes it whatever it returns: the mapping needs it no more.
func Open(fd int, l Layout) (*Memory, error) {
	m, err := open(fd, &l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Name, err)
	}
	return m, nil
}

func open(fd int, l *Layout) (*Memory, error) {
	if fd < 0 {
		return nil, errors.New("none inherited")
	}
	defer unix.Close(fd)
	if err := fits(fd, l.Bytes); err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	b, err := mapped(fd, l.Bytes)
	if err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	m := &Memory{fd: -1, bytes: b}
	if err := l.check(b); err != nil {
		return nil, errors.Join(fmt.Errorf("descriptor %d: %w", fd, err), m.Close())
	}
	return m, nil
}

func fits(fd, size int) error {
	if got, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err != nil || got&seals != seals {
		return errors.New("its size is not sealed")
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	if stat.Size != int64(size) {
		return fmt.Errorf("%d bytes, want %d", stat.Size, size)
	}
	return nil
}

func mapped(fd, size int) ([]byte, error) {
	b, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return b, os.NewSyscallError("mmap", err)
}

// Close unmaps the memory and closes the descriptor. Nobody may touch the bytes
// any more. Safe to repeat, and on a nil Memory.
func (m *Memory) Close() error {
	if m == nil {
		return nil
	}
	var unmapped, closed error
	if m.bytes != nil {
		unmapped = os.NewSyscallError("munmap", unix.Munmap(m.bytes))
		m.bytes = nil
	}
	if m.fd >= 0 {
		closed = os.NewSyscallError("close", unix.Close(m.fd))
		m.fd = -1
	}
	return errors.Join(unmapped, closed)
}

// Discard closes an inherited descriptor that is not to be opened.
func Discard(fd int) error {
	if fd < 0 {
		return nil
	}
	return os.NewSyscallError("close", unix.Close(fd))
}
