package ws

import "unicode/utf8"

// Decoder turns the bytes of one client into messages and control frames. Its zero value is ready. It is not safe for
// concurrent use.
type Decoder struct {
	part *partial // nil between frames and messages: an idle client costs nothing more
	done bool     // after a close frame or a violation
}

// Next consumes bytes of b and returns the first event that they complete; n is how many it consumed. A Kind of None
// means that all of b is consumed and more is needed. Otherwise call Next again with b[n:] until that is empty.
//
// b is unmasked in place: it must be writable, and its first n bytes are spent. ev.Data lies in b or in memory of the
// decoder, and is valid until the next call and as long as b is.
//
// A violation is a *[CloseError], the only type of error there is. It consumes all of b, and after it, or after an event
// of Kind Close, the decoder discards whatever it is given.
func (d *Decoder) Next(b []byte, lim Limits) (ev Event, n int, err error) {
	if d.done {
		return Event{}, len(b), nil
	}
	for n < len(b) {
		ev, used, bad := d.step(b[n:], lim)
		n += used
		if bad != nil {
			*d = Decoder{done: true}
			return Event{}, len(b), bad
		}
		if ev.Kind != None {
			if ev.Kind == Close {
				*d = Decoder{done: true}
			}
			return ev, n, nil
		}
	}
	return Event{}, n, nil
}

// Pending returns how many bytes of an unfinished frame or message the decoder holds, and at least 1 while there is any.
func (d *Decoder) Pending() int {
	if d.part == nil {
		return 0
	}
	return max(1, int(d.part.headLen)+len(d.part.control)+len(d.part.message))
}

// step consumes at least one byte and goes at most to the end of one frame.
func (d *Decoder) step(b []byte, lim Limits) (ev Event, used int, err *CloseError) {
	if d.part == nil || !d.part.inFrame {
		h, size, whole, err := d.header(b)
		if !whole || err != nil {
			return Event{}, size, err
		}
		if err := d.part.admit(h, lim); err != nil {
			return Event{}, size, err
		}
		if h.length <= uint64(len(b)-size) {
			payload := b[size : size+int(h.length)]
			Mask(h.key, 0, payload)
			ev, err = d.whole(h, payload, lim)
			return ev, size + len(payload), err
		}
		d.need().begin(h)
		used, b = size, b[size:]
	}
	ev, n, err := d.part.payload(b, lim)
	d.release()
	return ev, used + n, err
}

// header reads a header, or keeps what b has of one.
func (d *Decoder) header(b []byte) (h header, used int, whole bool, err *CloseError) {
	if d.part != nil && d.part.headLen > 0 {
		h, used, err = d.part.resumeHeader(b)
		return h, used, d.part.headLen == 0, err
	}
	h, used, err = parseHeader(b)
	if err != nil || used > 0 {
		return h, used, true, err
	}
	d.need().keepHeader(b)
	return h, len(b), false, nil
}

// whole handles a frame whose payload lies in b altogether.
func (d *Decoder) whole(h header, payload []byte, lim Limits) (ev Event, err *CloseError) {
	switch {
	case h.op.control():
		ev, err = controlEvent(h.op, payload)
	case h.fin && h.op != OpContinuation:
		if h.op == OpText && !utf8.Valid(payload) {
			return Event{}, errText
		}
		ev = Event{Kind: messageKind(h.op), Data: payload}
	default:
		p := d.need()
		p.begin(h)
		if err = p.take(payload, lim); err == nil {
			ev, err = p.finish()
		}
	}
	d.release()
	return ev, err
}

func (d *Decoder) need() *partial {
	if d.part == nil {
		d.part = new(partial)
	}
	return d.part
}

// release lets go of the partial state when nothing is unfinished.
func (d *Decoder) release() {
	if p := d.part; p != nil && p.headLen == 0 && !p.inFrame && p.kind == 0 {
		d.part = nil
	}
}

func messageKind(op Opcode) Kind {
	if op == OpText {
		return Text
	}
	return Binary
}

func controlEvent(op Opcode, payload []byte) (Event, *CloseError) {
	switch op {
	case OpPing:
		return Event{Kind: Ping, Data: payload}, nil
	case OpPong:
		return Event{Kind: Pong, Data: payload}, nil
	default:
		return closeEvent(payload)
	}
}
