package ws

import "unicode/utf8"

// partial is what a Decoder holds of a frame or message that has not wholly arrived.
type partial struct {
	// An unfinished header.
	head    [maxHeader]byte
	headLen uint8

	// An unfinished frame, while inFrame: its payload goes to control or to message.
	inFrame bool
	fin     bool
	op      Opcode
	pos     uint8 // of the next byte under the mask
	key     [4]byte
	left    uint64 // payload bytes to come

	// An unfinished message, while kind is not 0. Control frames may come between its fragments.
	kind      Opcode
	fragments int
	checked   int // bytes of a text message known to be whole valid characters

	message []byte
	control []byte
}

func (p *partial) keepHeader(b []byte) { p.headLen = uint8(copy(p.head[:], b)) }

// resumeHeader goes on with an unfinished header. While it stays unfinished, headLen stays above 0.
func (p *partial) resumeHeader(b []byte) (h header, used int, err *CloseError) {
	had := int(p.headLen)
	have := had + copy(p.head[had:], b)
	h, size, err := parseHeader(p.head[:have])
	if err != nil || size == 0 {
		p.headLen = uint8(have)
		return h, have - had, err
	}
	p.headLen = 0
	return h, size - had, nil
}

// admit checks a header against the message that it would begin or continue. p may be nil.
func (p *partial) admit(h header, lim Limits) *CloseError {
	if h.op.control() {
		return nil
	}
	var have, fragments int
	open := p != nil && p.kind != 0
	if open {
		have, fragments = len(p.message), p.fragments
	}
	switch {
	case open && h.op != OpContinuation:
		return errInterleaved
	case !open && h.op == OpContinuation:
		return errNoMessage
	case have > lim.message() || h.length > uint64(lim.message()-have):
		return errTooBig
	case fragments >= lim.fragments():
		return errFragments
	}
	return nil
}

// begin takes over an admitted header.
func (p *partial) begin(h header) {
	p.inFrame, p.fin, p.op, p.pos, p.key, p.left = true, h.fin, h.op, 0, h.key, h.length
	if h.op.control() {
		p.control = nil // an earlier one may still be in the caller's hands
		return
	}
	if h.op != OpContinuation {
		p.kind, p.checked, p.fragments, p.message = h.op, 0, 0, nil
	}
	p.fragments++
}

// payload consumes payload of the frame in progress, still masked.
func (p *partial) payload(b []byte, lim Limits) (ev Event, n int, err *CloseError) {
	b = b[:min(uint64(len(b)), p.left)]
	p.pos = uint8(Mask(p.key, int(p.pos), b))
	if err := p.take(b, lim); err != nil {
		return Event{}, len(b), err
	}
	if p.left > 0 {
		return Event{}, len(b), nil
	}
	ev, err = p.finish()
	return ev, len(b), err
}

// take adds unmasked bytes of the frame in progress to what is held.
func (p *partial) take(b []byte, lim Limits) *CloseError {
	if p.op.control() {
		p.control = append(p.control, b...)
		p.left -= uint64(len(b))
		return nil
	}
	// Asked again, because a decoder may have been restored under other limits.
	if len(b) > lim.message()-len(p.message) {
		return errTooBig
	}
	p.message = p.grown(len(b))
	p.message = append(p.message, b...)
	p.left -= uint64(len(b))
	if p.kind == OpText && !p.checkText() {
		return errText
	}
	return nil
}

// finish ends the frame in progress, and the message if it was the last one.
func (p *partial) finish() (Event, *CloseError) {
	p.inFrame = false
	if p.op.control() {
		payload := p.control
		p.control = nil
		return controlEvent(p.op, payload)
	}
	if !p.fin {
		return Event{}, nil
	}
	if p.kind == OpText && p.checked != len(p.message) {
		return Event{}, errText
	}
	ev := Event{Kind: messageKind(p.kind), Data: p.message}
	p.kind, p.fragments, p.checked, p.message = 0, 0, 0, nil
	return ev, nil
}

// grown returns the message with room for n bytes more. It doubles, so that copying stays linear however small the pieces
// are, but never beyond the message's own length where that is known.
func (p *partial) grown(n int) []byte {
	need := len(p.message) + n
	if need <= cap(p.message) {
		return p.message
	}
	room := max(need, 2*cap(p.message))
	if total := uint64(len(p.message)) + p.left; p.fin && uint64(room) > total {
		room = int(total)
	}
	return append(make([]byte, 0, room), p.message...)
}

// checkText reports whether what has newly arrived can still be UTF-8, and notes how far it is known to be.
func (p *partial) checkText() bool {
	fresh := p.message[p.checked:]
	n := len(fresh) - unfinished(fresh)
	if !utf8.Valid(fresh[:n]) {
		return false
	}
	p.checked += n
	return n == len(fresh) || !utf8.FullRune(fresh[n:]) // what can no longer become a character is a full, wrong one
}

// unfinished returns how many bytes at the end of b begin a character that needs more of them: at most 3.
func unfinished(b []byte) int {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		c := b[len(b)-i]
		if !utf8.RuneStart(c) {
			continue
		}
		if size := sequenceLength(c); size > i {
			return i
		}
		return 0
	}
	return 0
}

// sequenceLength returns how many bytes a character takes that begins with c.
func sequenceLength(c byte) int {
	switch {
	case c < 0xc0:
		return 1
	case c < 0xe0:
		return 2
	case c < 0xf0:
		return 3
	default:
		return 4
	}
}
