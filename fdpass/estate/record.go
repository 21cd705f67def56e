package estate

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"slices"
)

// The memory is a header of one page, and records behind it. Numbers are big endian.
//
//	header = row[rows]: who knows what a life owes, by life
//	row    = life(8) boot(8) slot(1) life of that(8) whole(1) checksum(4)
//	record = state(1) class(1) length of the id(2), of the farewell(4) checksum(4) life(8) number(8) id farewell
//
// A record takes smallest bytes times a power of two, its class, so that its place can be used again; its state is the first byte to be
// written, and the only one when it is settled. The checksum is of all of it but state and checksum: a worker may be killed while it
// writes.
const (
	headerBytes = 4096
	rows        = 16
	rowBytes    = 8 + 8 + 1 + 8 + 1 + 4

	smallest   = 128
	classes    = 11
	recordHead = 1 + 1 + 2 + 4 + 4 + 8 + 8
	checkedAt  = 12 // where the rest begins that the checksum is of

	stateFree = 0
	stateHeld = 1
)

func appendRecord(b []byte, life uint64, class uint8, e *Entry) []byte {
	b = append(b, stateHeld, class)
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.ID)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Farewell)))
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, life)
	b = binary.BigEndian.AppendUint64(b, e.Number)
	b = append(append(b, e.ID...), e.Farewell...)
	binary.BigEndian.PutUint32(b[checkedAt-4:], checksum(b))
	return b
}

// checksum is that of a record.
func checksum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b[1:checkedAt-4]), crc32.IEEETable, b[checkedAt:])
}

// parseRecord takes a record that is held; false: it is free, or was never finished.
func parseRecord(b []byte) (life uint64, e Entry, ok bool) {
	if len(b) < recordHead || b[0] != stateHeld {
		return 0, e, false
	}
	id, farewell := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint32(b[4:]))
	if id > MaxID || farewell > MaxFarewell || len(b) < recordHead+id+farewell {
		return 0, e, false
	}
	b = b[:recordHead+id+farewell]
	if binary.BigEndian.Uint32(b[checkedAt-4:]) != checksum(b) {
		return 0, e, false
	}
	e = Entry{
		ID: string(b[recordHead : recordHead+id]), Number: binary.BigEndian.Uint64(b[checkedAt+8:]),
		Farewell: slices.Clone(b[recordHead+id:]),
	}
	return binary.BigEndian.Uint64(b[checkedAt:]), e, true
}

// read takes up all records, and returns what is held, by life.
func (e *Estate) read() ([]Legacy, error) {
	found := make(map[uint64]map[string]Entry)
	buf := make([]byte, smallest<<(classes-1))
	for e.end < MaxBytes {
		n, err := e.file.ReadAt(buf[:recordHead], e.end)
		if n == 0 && err == io.EOF {
			break
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		class := buf[1]
		if n < 2 || class >= classes {
			break // nothing that we have written is behind it
		}
		size := classBytes(class)
		if n, err = e.file.ReadAt(buf[:size], e.end); err != nil && err != io.EOF {
			return nil, err
		}
		at := e.end
		e.end += size
		life, entry, ok := parseRecord(buf[:n])
		if !ok {
			e.free[class] = append(e.free[class], at)
			continue
		}
		e.found(found, life, entry, place{at, class})
	}
	return e.legacies(found)
}

// found takes up an entry. Of two by one name the later holds: its worker was killed as it replaced the other.
func (e *Estate) found(all map[uint64]map[string]Entry, life uint64, entry Entry, p place) {
	if all[life] == nil {
		all[life] = make(map[string]Entry)
	}
	name := owed{life, entry.ID}
	if old, twice := all[life][entry.ID]; twice {
		if old.Number > entry.Number {
			p, e.held[name] = e.held[name], p
			entry = old
		}
		_ = e.drop(name) // found again, it is passed over again
	}
	all[life][entry.ID] = entry
	e.held[name] = p
}

func (e *Estate) legacies(found map[uint64]map[string]Entry) ([]Legacy, error) {
	left := make([]Legacy, 0, len(found))
	for life, entries := range found {
		left = append(left, Legacy{Life: life, Entries: slices.Collect(maps.Values(entries))})
	}
	return left, e.readWitnesses(left)
}
