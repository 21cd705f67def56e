package estate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

func (e *Estate) readWitnesses(left []Legacy) error {
	for i := range rows {
		life, w, err := e.readRow(i)
		if err != nil {
			return err
		}
		for j := range left {
			if left[j].Life == life {
				left[j].Witness = w
			}
		}
	}
	return nil
}

// readRow returns life 0 for a row that was never written, or never finished.
func (e *Estate) readRow(i int) (life uint64, w Witness, err error) {
	var b [rowBytes]byte
	n, err := e.file.ReadAt(b[:], int64(i*rowBytes))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, w, err
	}
	sum := rowBytes - 4
	if n < rowBytes || binary.BigEndian.Uint32(b[sum:]) != crc32.ChecksumIEEE(b[:sum]) {
		return 0, w, nil
	}
	w.Boot, w.Slot, w.Life = binary.BigEndian.Uint64(b[8:]), b[16], binary.BigEndian.Uint64(b[17:])
	w.Whole = b[25] == 1
	return binary.BigEndian.Uint64(b[:]), w, nil
}

// claimRow takes a row whose life has left nothing, or else the first: whoever is named there will not be asked.
func (e *Estate) claimRow(left []Legacy) error {
	for i := range rows {
		life, _, err := e.readRow(i)
		if err != nil {
			return err
		}
		if life == e.life || !slices.ContainsFunc(left, func(l Legacy) bool { return l.Life == life }) {
			e.row = i
			break
		}
	}
	return e.SetWitness(Witness{})
}

// SetWitness notes who knows what this life owes.
func (e *Estate) SetWitness(w Witness) error {
	if e == nil {
		return nil
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, rowBytes), e.life)
	b = binary.BigEndian.AppendUint64(b, w.Boot)
	b = binary.BigEndian.AppendUint64(append(b, w.Slot), w.Life)
	if w.Whole {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	if _, err := e.file.WriteAt(b, int64(e.row*rowBytes)); err != nil {
		return fmt.Errorf("estate: %w", err)
	}
	return nil
}
