package turnstile

import (
	"errors"
	"fmt"
	"unsafe"
)

// maxSlots bounds New and Open: a slot's number is one byte.
const maxSlots = 256

// headerBytes is a page, so that the rings begin where one does.
const headerBytes = 4096

type header struct {
	magic   uint64
	version uint32
	slots   uint32
}

const (
	magic   = 0x696f_7372_765f_7473 // "iosrv_ts"
	version = 1                     // of the layout of ring and cell
)

// Does not compile when a ring is not as long as it is said to be.
var _ = [1]struct{}{}[unsafe.Sizeof(ring{})-ringBytes]

// Board is the memory, mapped into this process.
type Board struct {
	fd    int // -1 once closed, and in children
	mem   []byte
	slots int
}

func size(slots int) int { return headerBytes + slots*ringBytes }

func validSlots(slots int) error {
	if slots < 1 || slots > maxSlots {
		return fmt.Errorf("turnstile: %d slots, want 1 to %d", slots, maxSlots)
	}
	return nil
}

func (b *Board) header() *header { return (*header)(unsafe.Pointer(&b.mem[0])) }

func (b *Board) check() error {
	switch h := b.header(); {
	case h.magic != magic:
		return errors.New("not a turnstile")
	case h.version != version:
		return fmt.Errorf("layout %d, want %d", h.version, version)
	case int(h.slots) != b.slots:
		return fmt.Errorf("%d slots, want %d", h.slots, b.slots)
	}
	return nil
}

func (b *Board) ring(slot int) *ring {
	if slot < 0 || slot >= b.slots {
		panic(fmt.Sprintf("turnstile: slot %d of %d", slot, b.slots))
	}
	return (*ring)(unsafe.Pointer(&b.mem[headerBytes+slot*ringBytes]))
}

// Writer is for the worker of a slot, once in its life.
func (b *Board) Writer(slot int) *Writer { return &Writer{ring: b.ring(slot)} }

// Read hands over the events that the slot's workers have noted since the last call. It is the master's, for one goroutine. False:
// there was something that no worker of ours writes, which was skipped.
func (b *Board) Read(slot int, f func(Event)) (sound bool) { return b.ring(slot).read(f) }

// Descriptor is the memfd's number, for a child to inherit: valid while nobody closes b, never to be closed by the caller. -1 in a
// child.
func (b *Board) Descriptor() int { return b.fd }
