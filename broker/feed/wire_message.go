package feed

import "encoding/binary"

// maxHeader is the most that a message's frame adds to its data.
const maxHeader = originSize + 1 + 4 + 2*binary.MaxVarintLen64

// message is one published message.
type message struct {
	beat   byte // low bits of the number of the origin's last beat before it
	stream stream
	number uint64
	prev   uint64 // the one before in the stream, 0: none
	data   []byte // of parse: the frame's own
}

func appendMessage(b []byte, o Origin, m message) []byte {
	b = appendOrigin(b, kindMessage, o)
	b = append(b, m.beat)
	b = binary.AppendUvarint(b, uint64(m.stream))
	b = binary.AppendUvarint(b, m.number)
	b = appendBack(b, m.number, m.prev)
	return append(b, m.data...)
}

func parseMessage(b []byte) (m message, err error) {
	r := reader{b: b}
	m.beat = r.byte()
	m.stream = r.stream()
	m.number = r.uvarint(maxNumber)
	m.prev = r.back(m.number)
	if r.bad || m.number == 0 {
		return message{}, errMalformed
	}
	m.data = r.b
	return m, nil
}

func appendBack(b []byte, number, prev uint64) []byte {
	if prev == 0 {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, number-prev)
}

// back takes a distance and returns the number it leads to.
func (r *reader) back(number uint64) (prev uint64) {
	d := r.uvarint(maxNumber)
	switch {
	case d == 0:
		return 0
	case d >= number:
		return r.fail()
	}
	return number - d
}
