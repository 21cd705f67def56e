package sio

import "bytes"

// maxDigits bounds the digits of a number outside of the JSON: as many as MaxID has.
const maxDigits = 16

// Parse decodes one packet. Data lies in b. More than maxAttachments attachments are refused; below 1 it stands for
// [DefaultMaxAttachments].
func Parse(b []byte, maxAttachments int) (Packet, error) {
	return ParseNamed(b, maxAttachments, func(name []byte) string { return string(name) })
}

// ParseNamed is Parse for a receiver that has the names of namespaces as strings already: name returns the one that says the same
// as its argument, which lies in b.
func ParseNamed(b []byte, maxAttachments int, name func([]byte) string) (Packet, error) {
	if len(b) == 0 || b[0]-'0' > byte(BinaryAck) {
		return Packet{}, ErrType
	}
	p := Packet{Type: Type(b[0] - '0'), Namespace: "/"}
	b = b[1:]
	if p.Type.binary() {
		n, digits := number(b)
		if digits == 0 || digits == len(b) || b[digits] != '-' || n > uint64(attachmentLimit(maxAttachments)) {
			return Packet{}, ErrAttachments
		}
		p.Attachments, b = int(n), b[digits+1:]
	}
	if len(b) > 0 && b[0] == '/' {
		sent := b
		if end := bytes.IndexByte(b, ','); end >= 0 {
			sent, b = b[:end], b[end+1:]
		} else {
			b = nil
		}
		if len(sent) > 1 {
			p.Namespace = name(sent)
		}
	}
	if id, digits := number(b); digits > 0 {
		if id > MaxID {
			return Packet{}, ErrID
		}
		p.ID, p.HasID, b = id, true, b[digits:]
	}
	if len(b) > 0 {
		p.Data = b
	}
	if err := checkData(p.Type, p.Data); err != nil {
		return Packet{}, err
	}
	return p, nil
}

func attachmentLimit(n int) int {
	if n < 1 {
		return DefaultMaxAttachments
	}
	return n
}

// number reads a decimal number and how many digits it has. Too many digits give a number beyond every limit.
func number(b []byte) (n uint64, digits int) {
	for digits < len(b) && b[digits]-'0' <= 9 {
		if digits == maxDigits {
			return 1 << 63, digits
		}
		n = n*10 + uint64(b[digits]-'0')
		digits++
	}
	return n, digits
}

// checkData checks that data is what a packet of type t must carry.
func checkData(t Type, data []byte) error {
	if len(data) == 0 {
		if t == Connect || t == Disconnect {
			return nil
		}
		return ErrPayload
	}
	first, ok := data[0], false
	switch t {
	case Connect:
		ok = first == '{'
	case ConnectError:
		ok = first == '{' || first == '"'
	case Event, BinaryEvent, Ack, BinaryAck:
		ok = first == '['
	}
	if !ok || !validDocument(data) {
		return ErrPayload
	}
	if t == Event || t == BinaryEvent {
		return checkName(data)
	}
	return nil
}

// checkName checks the first element of an event's valid array: a number, or a string that is not reserved.
func checkName(array []byte) error {
	i := skipSpace(array, 1)
	switch c := array[i]; {
	case c == '"':
		if reserved(array[i+1 : skipString(array, i)-1]) {
			return ErrReserved
		}
		return nil
	case c == '-' || c-'0' <= 9:
		return nil
	}
	return ErrPayload
}

// maxReserved is the length of the longest reserved name.
const maxReserved = len("removeListener")

// reserved reports whether the inside of a valid JSON string is a name that no peer may send as an event, because it has a
// meaning of its own in the reference's clients or server.
func reserved(inside []byte) bool {
	if bytes.IndexByte(inside, '\\') >= 0 {
		var buffer [maxReserved * maxEscape]byte
		if len(inside) > len(buffer) {
			return false
		}
		inside = appendUnescaped(buffer[:0], inside)
	}
	switch string(inside) {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
