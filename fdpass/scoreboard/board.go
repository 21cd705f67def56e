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

func layout(slots int) (l sealed.Layout, err error) {
	if slots < 0 || slots > MaxSlots {
		return l, fmt.Errorf("scoreboard: %d slots, want at most %d", slots, MaxSlots)
	}
	return sealed.Layout{Name: "scoreboard", Magic: magic, Version: version, Slots: slots, Bytes: size(slots)}, nil
}

// New makes a board for the master, all zero. The Board owns the descriptor and the mapping.
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

// Close unmaps the memory and closes the descriptor. Nobody may touch a row any more; so nobody else may still run. Safe to repeat,
// and on a nil Board.
func (b *Board) Close() error {
	if b == nil {
		return nil
	}
	b.mem = nil
	return b.memory.Close()
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
