package socketio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

// envelope is a broadcast between workers:
//
//	version 1 | kind 1 (broadcast) | flags | namespace | sender | rooms | except | text | attachments
//
// Strings and byte strings are a length and bytes, lists a count and elements;
// numbers are unsigned varints in their shortest form. Nothing may follow. The
// other side is not trusted: the text is a whole packet, checked like a
// client's.
type envelope struct {
	namespace     string
	sender        string // a socket that is left out, or ""
	rooms, except []string
	volatile      bool
	plain         bool
	text          []byte
	attachments   [][]byte
}

const (
	envelopeVersion  = 1
	kindBroadcast    = 1
	kindServerEvent  = 2
	flagVolatile     = 1 << 0
	flagPlain        = 1 << 1 // not worth compressing
	knownFlags       = flagVolatile | flagPlain
	envelopeMinBytes = 3
)

func (e *envelope) append(dst []byte) []byte {
	flags := byte(0)
	if e.volatile {
		flags |= flagVolatile
	}
	if e.plain {
		flags |= flagPlain
	}
	dst = append(dst, envelopeVersion, kindBroadcast, flags)
	dst = appendBytes(dst, e.namespace)
	dst = appendBytes(dst, e.sender)
	dst = appendList(dst, e.rooms)
	dst = appendList(dst, e.except)
	dst = appendBytes(dst, e.text)
	return appendList(dst, e.attachments)
}

func appendBytes[T string | []byte](dst []byte, b T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func appendList[T string | []byte](dst []byte, list []T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, b := range list {
		dst = appendBytes(dst, b)
	}
	return dst
}

var (
	errVersion  = errors.New("unknown version")
	errShort    = errors.New("truncated")
	errLong     = errors.New("bytes behind the end")
	errNumber   = errors.New("number out of range")
	errDiffer   = errors.New("packet and envelope differ")
	errEncoding = errors.New("packet is not UTF-8")
)

// parseEnvelope checks everything. Byte strings alias b.
func parseEnvelope(b []byte, maxRooms int) (*envelope, error) {
	switch {
	case len(b) < envelopeMinBytes:
		return nil, errShort
	case b[0] != envelopeVersion || b[1] != kindBroadcast || b[2]&^knownFlags != 0:
		return nil, fmt.Errorf("%w: %x", errVersion, b[:3])
	}
	e := &envelope{volatile: b[2]&flagVolatile != 0, plain: b[2]&flagPlain != 0}
	r := reader{rest: b[envelopeMinBytes:]}
	e.namespace = string(r.bytes())
	e.sender = string(r.bytes())
	e.rooms = r.names(maxRooms)
	e.except = r.names(maxRooms)
	e.text = r.bytes()
	for range r.count(attachmentsCeiling) {
		e.attachments = append(e.attachments, r.bytes())
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.rest) > 0:
		return nil, errLong
	}
	return e, e.check()
}

// check has the packet be an event of the namespace that the envelope names.
func (e *envelope) check() error {
	p, err := sio.Parse(e.text, attachmentsCeiling)
	if err != nil {
		return fmt.Errorf("packet: %w", err)
	}
	if p.Type != sio.Event && p.Type != sio.BinaryEvent || p.Data == nil || p.HasID {
		return fmt.Errorf("packet of type %d is no broadcast", p.Type)
	}
	if p.Namespace != e.namespace || p.Attachments != len(e.attachments) {
		return errDiffer
	}
	if !utf8.Valid(e.text) {
		return errEncoding // clients would close their connections over it
	}
	if p.Attachments > 0 {
		if err := sio.Placeholders(p.Data, p.Attachments); err != nil {
			return fmt.Errorf("packet: %w", err)
		}
	}
	return nil
}

// reader takes an envelope apart. After an error it yields nothing.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	r.err, r.rest = err, nil
}

func (r *reader) count(most int) int {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	switch {
	case n == 0:
		r.fail(errShort)
	case n < 0 || v > uint64(most) || n > 1 && r.rest[n-1] == 0:
		r.fail(errNumber)
	default:
		r.rest = r.rest[n:]
		return int(v)
	}
	return 0
}

func (r *reader) bytes() []byte {
	n := r.count(len(r.rest))
	if n > len(r.rest) {
		r.fail(errShort)
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) names(most int) []string {
	var out []string
	for range r.count(most) {
		if r.err != nil {
			return nil
		}
		out = append(out, string(r.bytes()))
	}
	return out
}
