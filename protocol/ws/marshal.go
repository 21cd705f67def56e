package ws

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// stateVersion is the first byte of a decoder's written form.
const stateVersion = 1

const (
	stateDone = 1 << iota
	statePart
	stateInFrame
	stateFin
)

var errState = errors.New("ws: malformed decoder state")

// AppendBinary appends all that the decoder is to dst, so that another one can go on with the next byte of the stream.
// It never fails.
func (d *Decoder) AppendBinary(dst []byte) ([]byte, error) {
	var flags byte
	if d.done {
		flags |= stateDone
	}
	p := d.part
	if p == nil {
		return append(dst, stateVersion, flags), nil
	}
	flags |= statePart
	if p.inFrame {
		flags |= stateInFrame
	}
	if p.fin {
		flags |= stateFin
	}
	dst = append(dst, stateVersion, flags, byte(p.op), p.pos, byte(p.kind))
	dst = append(dst, p.key[:]...)
	dst = binary.AppendUvarint(dst, p.left)
	dst = binary.AppendUvarint(dst, uint64(p.fragments))
	dst = binary.AppendUvarint(dst, uint64(p.checked))
	for _, field := range [][]byte{p.head[:p.headLen], p.control, p.message} {
		dst = binary.AppendUvarint(dst, uint64(len(field)))
		dst = append(dst, field...)
	}
	return dst, nil
}

// MarshalBinary returns what [Decoder.AppendBinary] appends.
func (d *Decoder) MarshalBinary() ([]byte, error) { return d.AppendBinary(nil) }

// UnmarshalBinary makes d what [Decoder.AppendBinary] wrote. It copies what it keeps of b. On an error d is unchanged;
// every state that it accepts is one that a decoder can be in.
func (d *Decoder) UnmarshalBinary(b []byte) error {
	if len(b) < 2 || b[0] != stateVersion {
		return errState
	}
	flags := b[1]
	if flags&statePart == 0 {
		if len(b) > 2 || flags&^stateDone != 0 {
			return errState
		}
		*d = Decoder{done: flags&stateDone != 0}
		return nil
	}
	if flags&^(statePart|stateInFrame|stateFin) != 0 {
		return errState
	}
	p := &partial{inFrame: flags&stateInFrame != 0, fin: flags&stateFin != 0}
	if err := p.read(b[2:]); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	*d = Decoder{part: p}
	return nil
}

func (p *partial) read(b []byte) error {
	const fixed = 7
	if len(b) < fixed {
		return errState
	}
	p.op, p.pos, p.kind, p.key = Opcode(b[0]), b[1], Opcode(b[2]), [4]byte(b[3:fixed])
	b = b[fixed:]
	var numbers [3]uint64
	for i := range numbers {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > math.MaxInt64 {
			return errState
		}
		numbers[i], b = v, b[n:]
	}
	p.left, p.fragments, p.checked = numbers[0], int(numbers[1]), int(numbers[2])
	var fields [3][]byte
	for i := range fields {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > uint64(len(b)-n) {
			return errState
		}
		fields[i], b = b[n:n+int(v)], b[n+int(v):]
	}
	if len(b) > 0 || len(fields[0]) >= maxHeader {
		return errState
	}
	p.keepHeader(fields[0])
	p.control = append([]byte(nil), fields[1]...)
	p.message = append([]byte(nil), fields[2]...)
	return nil
}

// check refuses every combination that Next cannot leave behind.
func (p *partial) check() error {
	invalid := func(what string) error { return fmt.Errorf("%w: %s", errState, what) }
	if p.headLen > 0 {
		if _, size, err := parseHeader(p.head[:p.headLen]); err != nil || size > 0 || p.inFrame {
			return invalid("header")
		}
	}
	control := p.inFrame && p.op.control()
	switch {
	case p.headLen == 0 && !p.inFrame && p.kind == 0:
		return invalid("nothing unfinished")
	case p.kind != 0 && p.kind != OpText && p.kind != OpBinary:
		return invalid("message type")
	case p.kind == 0 && (p.fragments > 0 || p.checked > 0 || len(p.message) > 0):
		return invalid("bytes of no message")
	case p.kind != 0 && (p.fragments < 1 || p.checked > len(p.message)):
		return invalid("message")
	case p.kind == OpText && !(utf8.Valid(p.message[:p.checked]) && p.checkText()):
		return invalid("text")
	case p.inFrame && (!p.op.valid() || p.pos > 3 || p.left == 0):
		return invalid("frame")
	case p.inFrame && !control && p.kind == 0:
		return invalid("frame of no message")
	case control && (!p.fin || p.left > MaxControl || len(p.control)+int(p.left) > MaxControl):
		return invalid("control frame")
	case !control && len(p.control) > 0:
		return invalid("bytes of no control frame")
	}
	return nil
}
