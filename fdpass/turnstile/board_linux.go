package turnstile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// seals keep the size: memory that shrank would end whoever reads it with SIGBUS.
const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW

// New makes a board for the master. The Board owns the descriptor and the mapping. Memory is taken as the rings fill for the first time.
func New(slots int) (*Board, error) {
	if err := validSlots(slots); err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("ioserver-turnstile", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("turnstile: %w", os.NewSyscallError("memfd_create", err))
	}
	b, err := create(fd, slots)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("turnstile: %w", err)
	}
	return b, nil
}

func create(fd, slots int) (*Board, error) {
	if err := unix.Ftruncate(fd, int64(size(slots))); err != nil {
		return nil, os.NewSyscallError("ftruncate", err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals|unix.F_SEAL_SEAL); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	b := &Board{fd: fd, slots: slots}
	if err := b.mapped(fd); err != nil {
		return nil, err
	}
	*b.header() = header{magic: magic, version: version, slots: uint32(slots)}
	return b, nil
}

// Open maps a child's inherited board. It takes ownership of fd, and closes it whatever it returns: the mapping needs it no more.
func Open(fd, slots int) (*Board, error) {
	if fd < 0 {
		return nil, errors.New("turnstile: none inherited")
	}
	defer unix.Close(fd)
	b, err := open(fd, slots)
	if err != nil {
		return nil, fmt.Errorf("turnstile: descriptor %d: %w", fd, err)
	}
	return b, nil
}

func open(fd, slots int) (*Board, error) {
	if err := validSlots(slots); err != nil {
		return nil, err
	}
	if got, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err != nil || got&seals != seals {
		return nil, errors.New("not a turnstile: its size is not sealed")
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	if stat.Size != int64(size(slots)) {
		return nil, fmt.Errorf("%d bytes, want %d for %d slots", stat.Size, size(slots), slots)
	}
	b := &Board{fd: -1, slots: slots}
	if err := b.mapped(fd); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Board) mapped(fd int) (err error) {
	b.mem, err = unix.Mmap(fd, 0, size(b.slots), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return os.NewSyscallError("mmap", err)
}

// Close unmaps the memory and closes the descriptor. Nobody may use the board, or a Writer of it, any more. Safe to repeat, and on a nil
// Board.
func (b *Board) Close() error {
	if b == nil {
		return nil
	}
	var unmapped, closed error
	if b.mem != nil {
		unmapped = os.NewSyscallError("munmap", unix.Munmap(b.mem))
		b.mem = nil
	}
	if b.fd >= 0 {
		closed = os.NewSyscallError("close", unix.Close(b.fd))
		b.fd = -1
	}
	return errors.Join(unmapped, closed)
}
