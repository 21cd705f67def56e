package engineio

import (
	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/protocol/ws"
)

// Headroom is what [Room] leaves in front of a payload: the longest
// WebSocket header of a server and the packet type.
const Headroom = 11

// messageDigit is the type of a message packet on the wire.
const messageDigit = '4'

// Message is one outgoing Engine.IO packet. It is immutable to its users,
// shared by every session it is sent to, and encoded at most once in each of
// the forms that those need. The forms are cached without a lock: a Message
// belongs to the loop of the sessions it is sent to.
type Message struct {
	payload []byte
	frame   []byte // WebSocket: a text frame, or revision 4's binary one
	rare    *rareForms
	kind    eio.PacketType
	binary  bool
	plain   bool // not worth compressing
}

// rareForms are a binary message's for clients of revision 3 and for those that
// asked for base64.
type rareForms struct {
	frame3 []byte
	base64 [2][]byte // by revision
}

// NewText returns a text message. The payload, UTF-8, is kept by reference.
func NewText(payload []byte) *Message {
	return &Message{payload: payload, kind: eio.Message}
}

// Room returns a buffer for a payload of that size, to be appended behind its
// Headroom, and the message that [Message.Fill] then makes of it. Both are one
// allocation, of a size that the allocator has, unless the payload is large.
func Room(size int) (m *Message, buf []byte) {
	size += Headroom
	switch {
	case size <= 64:
		r := new(struct {
			Message
			room [64]byte
		})
		return &r.Message, r.room[:Headroom:size]
	case size <= 192:
		r := new(struct {
			Message
			room [192]byte
		})
		return &r.Message, r.room[:Headroom:size]
	case size <= 448:
		r := new(struct {
			Message
			room [448]byte
		})
		return &r.Message, r.room[:Headroom:size]
	case size <= 960:
		r := new(struct {
			Message
			room [960]byte
		})
		return &r.Message, r.room[:Headroom:size]
	}
	return new(Message), make([]byte, Headroom, size)
}

// Fill makes a message without content the text message buf[Headroom:], and
// writes the frame's header into the bytes before it.
func (m *Message) Fill(buf []byte) {
	payload := buf[Headroom:]
	var head [Headroom]byte
	h := ws.AppendHeader(head[:0], true, ws.OpText, len(payload)+1)
	h = append(h, messageDigit)
	at := Headroom - len(h)
	copy(buf[at:], h)
	m.payload, m.frame, m.kind = payload, buf[at:], eio.Message
}

// NewBinary returns a binary message. The payload is kept by reference.
func NewBinary(payload []byte) *Message {
	return &Message{payload: payload, kind: eio.Message, binary: true}
}

// LeaveUncompressed says that the message is not worth compressing: an answer
// to a poll with such messages only is not compressed. To be called before the
// message is sent.
func (m *Message) LeaveUncompressed() { m.plain = true }

// Len is the payload's length in bytes.
func (m *Message) Len() int { return len(m.payload) }

// cost is what the message counts in a queue.
func (m *Message) cost() int { return len(m.payload) + queuedOverhead }

func (m *Message) packet() eio.Packet {
	return eio.Packet{Type: m.kind, Data: m.payload, Binary: m.binary}
}

// webSocket returns the frame for a client of that revision.
func (m *Message) webSocket(rev eio.Revision, b64 bool) []byte {
	switch {
	case m.binary && (b64 || rev == eio.V3):
		return m.rareFrame(rev, b64)
	case m.frame == nil && m.binary:
		m.frame = ws.AppendFrame(make([]byte, 0, len(m.payload)+Headroom), ws.OpBinary, m.payload)
	case m.frame == nil:
		b := ws.AppendHeader(make([]byte, 0, len(m.payload)+Headroom), true, ws.OpText, len(m.payload)+1)
		m.frame = eio.AppendText(b, rev, m.packet())
	}
	return m.frame
}

func (m *Message) rareFrame(rev eio.Revision, b64 bool) []byte {
	if m.rare == nil {
		m.rare = new(rareForms)
	}
	f := &m.rare.frame3
	if b64 {
		f = &m.rare.base64[rev&1]
	}
	switch {
	case *f != nil:
	case b64:
		body := eio.AppendBase64(nil, rev, m.packet())
		*f = ws.AppendFrame(make([]byte, 0, len(body)+Headroom), ws.OpText, body)
	default:
		*f = ws.AppendHeader(make([]byte, 0, len(m.payload)+Headroom), true, ws.OpBinary, len(m.payload)+1)
		*f = eio.AppendBinary(*f, rev, m.packet())
	}
	return *f
}

// control returns a packet of the protocol's own, with its frame made: such a
// message is shared by all loops.
func control(kind eio.PacketType, payload string) *Message {
	m := &Message{kind: kind, payload: []byte(payload)}
	m.webSocket(eio.V4, false)
	return m
}

var (
	pingPacket  = control(eio.Ping, "")
	pongPacket  = control(eio.Pong, "")
	probePacket = control(eio.Pong, "probe")
	noopPacket  = control(eio.Noop, "")
	closePacket = control(eio.Close, "")
)
