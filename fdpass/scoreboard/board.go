package scoreboard

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ioserver/ioserver/fdpass/sealed"
)

// MaxSlots bounds New and Open.
const MaxSlots = 256

// Board is the shared memory, mapped into this process.
type Board struct {
	memory *sealed.Memory
	mem    []byte // of it; nil once closed
	slots  int
}

// header begins the memory; rows follow from rowBytes on: the master's, the broker's, those of the slots.
type header struct {
	magic   uint64
	version uint32
	slots   uint32
}

const (
	magic   = 0x696f_7372_765f_7362 // "iosrv_sb"
	version = 2                     // of the layout of Row
)

const (
	masterRow = iota
	brokerRow
	slotRows
)

func size(slots int) int { return rowBytes * (1 + slotRows + slots) }

func validSlots(slots int) error {
	if slots < 0 || slots > MaxSlots {
		return fmt.Errorf("scoreboard: %d slots, want at most %d", slots, MaxSlots)
	}
	return nil
}

// New makes a board for the master, all zero. The Board owns the descriptor and the mapping.
func New(slots int) (*Board, error) {
	if err := validSlots(slots); err != nil {
		return nil, err
	}
	m, err := sealed.New("ioserver-scoreboard", size(slots))
	if err != nil {
		return nil, fmt.Errorf("scoreboard: %w", err)
	}
	b := &Board{memory: m, mem: m.Bytes(), slots: slots}
	*b.header() = header{magic: magic, version: version, slots: uint32(slots)}
	return b, nil
}

// Open maps a child's inherited board. It takes ownership of fd, and closes it whatever it returns: the mapping needs it no more.
func Open(fd, slots int) (*Board, error) {
	if err := validSlots(slots); err != nil {
		return nil, errors.Join(err, sealed.Discard(fd))
	}
	m, err := sealed.Open(fd, size(slots))
	if err != nil {
		return nil, fmt.Errorf("scoreboard: %w", err)
	}
	b := &Board{memory: m, mem: m.Bytes(), slots: slots}
	if err := b.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("scoreboard: %w", err), b.Close())
	}
	return b, nil
}

// Close unmaps the memory and closes the descriptor. Nobody may touch a row any more; so nobody else may still run. Safe to repeat,
// and on a nil Board.
func (b *Board) Close() error {
	if b == nil {
		return nil
	}
	b.mem = nil
	return b.memory.Close()
}

func (b *Board) header() *header { return (*header)(unsafe.Pointer(&b.mem[0])) }

func (b *Board) check() error {
	switch h := b.header(); {
	case h.magic != magic:
		return errors.New("not a scoreboard")
	case h.version != version:
		return fmt.Errorf("layout %d, want %d", h.version, version)
	case int(h.slots) != b.slots:
		return fmt.Errorf("%d slots, want %d", h.slots, b.slots)
	}
	return nil
}

func (b *Board) row(i int) *Row { return (*Row)(unsafe.Pointer(&b.mem[rowBytes*(1+i)])) }

// Slots is the number of slots.
func (b *Board) Slots() int { return b.slots }

// Slot is the row of slot i, 0 to Slots()-1. Like every row, it must not be touched after Close.
func (b *Board) Slot(i int) *Row {
	if i < 0 || i >= b.slots {
		panic(fmt.Sprintf("scoreboard: slot %d of %d", i, b.slots))
	}
	return b.row(slotRows + i)
}

// Master is the master's row.
func (b *Board) Master() *Row { return b.row(masterRow) }

// Broker is the row of the embedded bus server; Life is 0 where there is none.
func (b *Board) Broker() *Row { return b.row(brokerRow) }

// Descriptor is the memfd's number, for a child to inherit: valid while nobody closes b, never to be closed by the caller. -1 in a
// child, which has no more need of it.
func (b *Board) Descriptor() int { return b.memory.Descriptor() }
