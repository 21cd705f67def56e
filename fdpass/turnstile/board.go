package turnstile

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ioserver/ioserver/fdpass/sealed"
)

// maxSlots bounds New and Open: a slot's number is one byte.
const maxSlots = 256

// headerBytes is a page, so that the rings begin where one does.
const headerBytes = 4096

const (
	magic   = 0x696f_7372_765f_7473 // "iosrv_ts"
	version = 1                     // of the layout of ring and cell
)

// Does not compile when a ring is not as long as it is said to be.
var _ = [1]struct{}{}[unsafe.Sizeof(ring{})-ringBytes]

// Board is the memory, mapped into this process.
type Board struct {
	memory *sealed.Memory
	mem    []byte // of it; nil once closed
	slots  int
}

func size(slots int) int { return headerBytes + slots*ringBytes }

func layout(slots int) (l sealed.Layout, err error) {
	if slots < 1 || slots > maxSlots {
		return l, fmt.Errorf("turnstile: %d slots, want 1 to %d", slots, maxSlots)
	}
	return sealed.Layout{Name: "turnstile", Magic: magic, Version: version, Slots: slots, Bytes: size(slots)}, nil
}

// New makes a board for the master. The Board owns the descriptor and the mapping. Memory is taken as the rings fill for the first time.
func New(slots int) (*Board, error) {
	l, err := layout(slots)
	if err != nil {
		return nil, err
	}
	m, err := sealed.New(l)
	if err != nil {
		return nil, err
	}
	return &Board{memory: m, mem: m.Bytes(), slots: slots}, nil
}

// Open maps a child's inherited board. It takes ownership of fd, and closes it whatever it returns: the mapping needs it no more.
func Open(fd, slots int) (*Board, error) {
	l, err := layout(slots)
	if err != nil {
		return nil, errors.Join(err, sealed.Discard(fd))
	}
	m, err := sealed.Open(fd, l)
	if err != nil {
		return nil, err
	}
	return &Board{memory: m, mem: m.Bytes(), slots: slots}, nil
}

// Close unmaps the memory and closes the descriptor. Nobody may use the board, or a Writer of it, any more. Safe to repeat, and on a nil
// Board.
func (b *Board) Close() error {
	if b == nil {
		return nil
	}
	b.mem = nil
	return b.memory.Close()
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
func (b *Board) Descriptor() int { return b.memory.Descriptor() }
