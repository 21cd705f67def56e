package sealed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderBytes are in front of everything, and belong to this package.
const HeaderBytes = 16

// Layout says what a memory holds. Its header says so too, and who opens it
// compares: a child may be of another build than its master.
type Layout struct {
	Name    string // what it is called in errors, and, behind "ioserver-", in /proc/PID/maps
	Magic   uint64 // what it is
	Version uint32 // of what lies behind the header
	Slots   int    // for how many slots
	Bytes   int    // all, with the header
}

func (l *Layout) mark(b []byte) {
	binary.NativeEndian.PutUint64(b, l.Magic)
	binary.NativeEndian.PutUint32(b[8:], l.Version)
	binary.NativeEndian.PutUint32(b[12:], uint32(l.Slots))
}

func (l *Layout) check(b []byte) error {
	version, slots := binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:])
	switch {
	case binary.NativeEndian.Uint64(b) != l.Magic:
		return errors.New("another memory")
	case version != l.Version:
		return fmt.Errorf("layout %d, want %d", version, l.Version)
	case int(slots) != l.Slots:
		return fmt.Errorf("%d slots, want %d", slots, l.Slots)
	}
	return nil
}
