package socketio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

// requestEnvelope asks other workers for something:
//
//	version 1 | kind 3 (request) | op | id(8) | patience | namespace | body
//	emit:         flags | sender | rooms | except | text | attachments
//	fetch:        sender | rooms | except
//	join:         sender | rooms | except | names
//	server event: event | text | attachments
//
// Parts are written as an [envelope]'s are, the id big endian. Patience is for
// how many milliseconds the asker waits, 0: for as long as it takes. A text is a
// whole packet: an event with an acknowledgement's id, which each worker replaces
// by one of its own; or of a server event what a [serverEnvelope] holds.
type requestEnvelope struct {
	op        requestOp
	id        uint64
	patience  uint64
	namespace string
	target    target
	volatile  bool
	plain     bool
	names     []string // rooms to join

	event       string // of a server event
	text        []byte
	attachments [][]byte

	packet sio.Packet // the text, once parsed
}

// target is whom a broadcast goes to.
type target struct {
	sender        string // a socket that is left out, or ""
	rooms, except []string
}

// requestOp is what a request is for.
type requestOp byte

const (
	opEmit requestOp = 1 + iota
	opFetch
	opJoin
	opServerEvent
	lastOp = opServerEvent
)

const (
	kindRequest = 3
	kindChange  = 4
	kindAnswer  = 5
	kindNudge   = 6

	maxPatience = 1<<32 - 1 // milliseconds
)

func (e *requestEnvelope) append(dst []byte) []byte {
	dst = append(dst, envelopeVersion, kindRequest, byte(e.op))
	dst = binary.BigEndian.AppendUint64(dst, e.id)
	dst = binary.AppendUvarint(dst, e.patience)
	dst = appendBytes(dst, e.namespace)
	switch e.op {
	case opEmit:
		flags := byte(0)
		if e.volatile {
			flags |= flagVolatile
		}
		if e.plain {
			flags |= flagPlain
		}
		dst = e.target.append(append(dst, flags))
	case opFetch:
		return e.target.append(dst)
	case opJoin:
		return appendList(e.target.append(dst), e.names)
	case opServerEvent:
		dst = appendBytes(dst, e.event)
	}
	return appendList(appendBytes(dst, e.text), e.attachments)
}

func (t *target) append(dst []byte) []byte {
	dst = appendBytes(dst, t.sender)
	dst = appendList(dst, t.rooms)
	return appendList(dst, t.except)
}

func (r *reader) target(most int) target {
	return target{sender: string(r.bytes()), rooms: r.names(most), except: r.names(most)}
}

// parseRequest checks everything. Byte strings alias b.
func parseRequest(b []byte, maxRooms int) (*requestEnvelope, error) {
	r, op, err := opened(b, kindRequest)
	if err != nil {
		return nil, err
	}
	e := &requestEnvelope{op: requestOp(op)}
	e.id = r.uint64()
	e.patience = uint64(r.count(maxPatience))
	e.namespace = string(r.bytes())
	switch e.op {
	case opEmit:
		flags := r.byte()
		if flags&^knownFlags != 0 {
			r.fail(errVersion)
		}
		e.volatile, e.plain = flags&flagVolatile != 0, flags&flagPlain != 0
		e.target = r.target(maxRooms)
		e.text, e.attachments = r.bytes(), r.list(attachmentsCeiling)
	case opFetch:
		e.target = r.target(maxRooms)
	case opJoin:
		e.target = r.target(maxRooms)
		e.names = r.names(maxRooms)
	case opServerEvent:
		e.event = string(r.bytes())
		e.text, e.attachments = r.bytes(), r.list(attachmentsCeiling)
	default:
		r.fail(errVersion)
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	return e, e.check()
}

// check has the packet be what the op needs.
func (e *requestEnvelope) check() error {
	if !strings.HasPrefix(e.namespace, "/") {
		return errDiffer
	}
	switch e.op {
	case opServerEvent:
		s := serverEnvelope{namespace: e.namespace, event: e.event, text: e.text, attachments: e.attachments}
		err := s.check()
		e.packet.Data = s.args
		return err
	case opEmit:
		p, err := sio.Parse(e.text, attachmentsCeiling)
		if err != nil {
			return fmt.Errorf("packet: %w", err)
		}
		if p.Type != sio.Event && p.Type != sio.BinaryEvent || p.Data == nil || !p.HasID {
			return fmt.Errorf("packet of type %d asks for no acknowledgement", p.Type)
		}
		e.packet = p
		return e.checkPacket()
	}
	return nil
}

func (e *requestEnvelope) checkPacket() error {
	p := &e.packet
	if p.Namespace != e.namespace || p.Attachments != len(e.attachments) {
		return errDiffer
	}
	if !utf8.Valid(e.text) {
		return errEncoding
	}
	if p.Attachments > 0 {
		if err := sio.Placeholders(p.Data, p.Attachments); err != nil {
			return fmt.Errorf("packet: %w", err)
		}
	}
	return nil
}

// opened begins to read an envelope of that kind; its third byte is for the
// kind to judge.
func opened(b []byte, kind byte) (*reader, byte, error) {
	switch {
	case len(b) < envelopeMinBytes:
		return nil, 0, errShort
	case b[0] != envelopeVersion || b[1] != kind:
		return nil, 0, fmt.Errorf("%w: %x", errVersion, b[:envelopeMinBytes])
	}
	return &reader{rest: b[envelopeMinBytes:]}, b[2], nil
}

// done is the verdict: no mistake, nothing left over.
func (r *reader) done() error {
	if r.err == nil && len(r.rest) > 0 {
		return errLong
	}
	return r.err
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		if r.err == nil {
			r.fail(errShort)
		}
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uint64() uint64 {
	if len(r.rest) < 8 {
		if r.err == nil {
			r.fail(errShort)
		}
		return 0
	}
	v := binary.BigEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) list(most int) [][]byte {
	var out [][]byte
	for range r.count(most) {
		if r.err != nil {
			return nil
		}
		out = append(out, r.bytes())
	}
	return out
}

var errArguments = errors.New("arguments are no JSON array of these attachments")

// args takes arguments, checked.
func (r *reader) args() *Args {
	a := &Args{JSON: r.bytes(), Attachments: r.list(attachmentsCeiling), checked: true}
	if r.err != nil {
		return nil
	}
	elements, err := sio.Elements(a.JSON, nil)
	if err == nil && len(a.Attachments) > 0 {
		err = sio.Placeholders(a.JSON, len(a.Attachments))
	}
	if err != nil || len(elements) > len(a.JSON) || !utf8.Valid(a.JSON) {
		r.fail(errArguments)
		return nil
	}
	return a
}

func appendArgs(dst []byte, a *Args) []byte {
	json := a.JSON
	if json == nil {
		json = emptyArgs
	}
	return appendList(appendBytes(dst, []byte(json)), a.Attachments)
}

var emptyArgs = []byte("[]")
