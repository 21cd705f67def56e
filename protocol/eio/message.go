package eio

import "fmt"

// ParseText decodes one WebSocket text message, which must be UTF-8: the type's digit and text, or "b" and base64 data
// (in revision 3 with the digit between them). Data of text lies in b.
func ParseText(rev Revision, b []byte) (Packet, error) {
	if len(b) == 0 {
		return Packet{}, fmt.Errorf("engine.io packet: %w", ErrEmpty)
	}
	if b[0] == 'b' {
		return parseBase64(rev, b[1:])
	}
	t, ok := typeOf(b[0])
	if !ok {
		return Packet{}, fmt.Errorf("engine.io packet: %w", ErrType)
	}
	return Packet{Type: t, Data: b[1:]}, nil
}

func parseBase64(rev Revision, b []byte) (Packet, error) {
	p := Packet{Type: Message, Binary: true}
	if rev == V3 {
		if len(b) == 0 {
			return Packet{}, fmt.Errorf("engine.io base64 packet: %w", ErrEmpty)
		}
		t, ok := typeOf(b[0])
		if !ok {
			return Packet{}, fmt.Errorf("engine.io base64 packet: %w", ErrType)
		}
		p.Type, b = t, b[1:]
	}
	var err error
	if p.Data, err = decodeBase64(b); err != nil {
		return Packet{}, fmt.Errorf("engine.io base64 packet: %w", err)
	}
	return p, nil
}

// ParseBinary decodes one WebSocket binary message: in revision 4 the data of a message, in revision 3 with the type's
// number before it. Data lies in b.
func ParseBinary(rev Revision, b []byte) (Packet, error) {
	if rev != V3 {
		return Packet{Type: Message, Data: b, Binary: true}, nil
	}
	if len(b) == 0 {
		return Packet{}, fmt.Errorf("engine.io binary packet: %w", ErrEmpty)
	}
	t := PacketType(b[0])
	if !t.valid() {
		return Packet{}, fmt.Errorf("engine.io binary packet: %w", ErrType)
	}
	return Packet{Type: t, Data: b[1:], Binary: true}, nil
}

// AppendText appends p as one WebSocket text message to dst; binary data becomes base64.
func AppendText(dst []byte, rev Revision, p Packet) []byte {
	if p.Binary {
		return AppendBase64(dst, rev, p)
	}
	return append(append(dst, p.Type.digit()), p.Data...)
}

// AppendBinary appends p, whose data is binary, as one WebSocket binary message to dst.
func AppendBinary(dst []byte, rev Revision, p Packet) []byte {
	if rev == V3 {
		dst = append(dst, byte(p.Type))
	}
	return append(dst, p.Data...)
}

// AppendBase64 appends p, whose data is binary, as text to dst, for a client that asked for no binary (b64=1).
func AppendBase64(dst []byte, rev Revision, p Packet) []byte {
	dst = append(dst, 'b')
	if rev == V3 {
		dst = append(dst, p.Type.digit())
	}
	return appendBase64(dst, p.Data)
}
