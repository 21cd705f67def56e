package socketio

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/ioserver/ioserver/protocol/sio"
	"github.com/ioserver/ioserver/worker/engineio"
)

// packet is an encoded Socket.IO packet, shared by all who get it.
type packet struct {
	text *engineio.Message
	// all is the text and its attachments, where there are any.
	all []*engineio.Message

	// The same as bytes, for other workers.
	raw         []byte
	attachments [][]byte
	plain       bool // not worth compressing
}

// send queues the packet for a session. Loop only.
func (p *packet) send(s *engineio.Session) {
	if p.all == nil {
		s.Send(p.text)
		return
	}
	s.Send(p.all...)
}

// sendVolatile queues the packet unless the session is not writable now.
func (p *packet) sendVolatile(s *engineio.Session) bool {
	if p.all == nil {
		return s.SendVolatile(p.text)
	}
	return s.SendVolatile(p.all...)
}

// leaveUncompressed marks the packet as not worth compressing.
func (p *packet) leaveUncompressed() {
	p.plain = true
	p.text.LeaveUncompressed()
	for _, m := range p.all {
		m.LeaveUncompressed()
	}
}

// reserved are the names that the protocol keeps for itself, in the
// reference's words.
var reserved = map[string]bool{
	"connect": true, "connect_error": true, "disconnect": true,
	"disconnecting": true, "newListener": true, "removeListener": true,
}

// encoder turns Go values into the data of one packet: JSON, in which binary
// is replaced by placeholders, and the attachments.
type encoder struct {
	buf         []byte
	attachments [][]byte
	depth       int
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// keptBytes is the largest scratch buffer that is kept for the next packet.
const keptBytes = 64 << 10

func (e *encoder) release() {
	if cap(e.buf) > keptBytes {
		e.buf = nil
	}
	clear(e.attachments)
	e.buf, e.attachments, e.depth = e.buf[:0], e.attachments[:0], 0
	encoders.Put(e)
}

// header is a packet without its data.
type header struct {
	namespace string
	id        uint64
	hasID     bool
}

// encodeEvent encodes an event. Binary arguments become attachments, for which
// the packet keeps a reference to their bytes.
func encodeEvent(h header, name string, args []any) (packet, error) {
	if reserved[name] {
		return packet{}, fmt.Errorf("event %q: %w", name, ErrReserved)
	}
	e := encoders.Get().(*encoder)
	defer e.release()
	e.buf = appendString(append(e.buf, '['), name)
	if err := e.elements(args); err != nil {
		return packet{}, fmt.Errorf("event %q, %w", name, err)
	}
	return e.packet(h, sio.Event, sio.BinaryEvent), nil
}

// encodeAck encodes the acknowledgement of h.id.
func encodeAck(h header, args []any) (packet, error) { return encodeArgs(h, "acknowledgement", args) }

// encodeArgs encodes arguments alone, as an acknowledgement has them. What they
// are of is for the error.
func encodeArgs(h header, of string, args []any) (packet, error) {
	e := encoders.Get().(*encoder)
	defer e.release()
	e.buf = append(e.buf, '[')
	if err := e.elements(args); err != nil {
		return packet{}, fmt.Errorf("%s, %w", of, err)
	}
	return e.packet(h, sio.Ack, sio.BinaryAck), nil
}

// encodeData encodes arguments that travel in no packet.
func encodeData(args []any) (*Args, error) {
	e := encoders.Get().(*encoder)
	defer e.release()
	e.buf = append(e.buf, '[')
	if err := e.elements(args); err != nil {
		return nil, err
	}
	return &Args{
		JSON: append(slices.Clone(e.buf), ']'), Attachments: slices.Clone(e.attachments), checked: true,
	}, nil
}

func (e *encoder) elements(args []any) error {
	for i, a := range args {
		if err := e.element(a); err != nil {
			return fmt.Errorf("argument %d: %w", i, err)
		}
	}
	return nil
}

// element appends an argument, or those of an Args.
func (e *encoder) element(a any) error {
	switch a := a.(type) {
	case *Args:
		return e.args(a)
	case Args:
		return e.args(&a)
	}
	e.comma()
	return e.value(a)
}

func (e *encoder) comma() {
	if e.buf[len(e.buf)-1] != '[' {
		e.buf = append(e.buf, ',')
	}
}

// packet closes the array and gives the bytes their final place: one buffer
// with room for the WebSocket header in front.
func (e *encoder) packet(h header, plain, binary sio.Type) packet {
	e.buf = append(e.buf, ']')
	p := sio.Packet{Type: plain, Namespace: h.namespace, ID: h.id, HasID: h.hasID, Data: e.buf}
	if len(e.attachments) > 0 {
		p.Type, p.Attachments = binary, len(e.attachments)
	}
	text, raw := encoded(p)
	return newPacket(text, raw, e.attachments)
}

// newPacket makes a packet of its text, as a message and as bytes, and its
// attachments.
func newPacket(text *engineio.Message, raw []byte, attachments [][]byte) packet {
	out := packet{text: text, raw: raw}
	if len(attachments) > 0 {
		out.attachments = slices.Clone(attachments)
		out.all = append(make([]*engineio.Message, 0, 1+len(attachments)), out.text)
		for _, b := range attachments {
			out.all = append(out.all, engineio.NewBinary(b))
		}
	}
	return out
}

// frame encodes a packet without attachments into a message.
func frame(p sio.Packet) *engineio.Message {
	m, _ := encoded(p)
	return m
}

// encoded is the packet's text as a message, and its bytes.
func encoded(p sio.Packet) (*engineio.Message, []byte) {
	size := 1 + len(p.Data)
	if p.Namespace != rootName {
		size += len(p.Namespace) + 1
	}
	if p.HasID {
		size += digits(p.ID)
	}
	if p.Attachments > 0 {
		size += digits(uint64(p.Attachments)) + 1
	}
	m, buf := engineio.Room(size)
	buf = sio.Append(buf, p)
	m.Fill(buf)
	return m, buf[engineio.Headroom:]
}

func digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// value appends the JSON of v. The common types do not pass through
// reflection.
func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, "null"...)
	case string:
		e.buf = appendString(e.buf, v)
	case bool:
		e.buf = strconv.AppendBool(e.buf, v)
	case int:
		e.buf = strconv.AppendInt(e.buf, int64(v), 10)
	case int64:
		e.buf = strconv.AppendInt(e.buf, v, 10)
	case uint64:
		e.buf = strconv.AppendUint(e.buf, v, 10)
	case []byte:
		e.attach(v)
	case json.RawMessage:
		return e.raw(v)
	default:
		return e.reflected(v)
	}
	return nil
}

// attach adds an attachment and its placeholder. Like encoding/json, it takes
// a nil slice for null.
func (e *encoder) attach(b []byte) {
	if b == nil {
		e.buf = append(e.buf, "null"...)
		return
	}
	e.buf = sio.AppendPlaceholder(e.buf, len(e.attachments))
	e.attachments = append(e.attachments, b)
}
