package scoreboard

import (
	"errors"
	"fmt"
	"unsafe"
)

// MaxSlots bounds New and Open.
const MaxSlots = 256

// Board is the shared memory, mapped into this process.
type Board struct {
	fd    int // -1 once closed, and in children
	mem   []byte
	slots int
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
func (b *Board) Descriptor() int { return b.fd }
