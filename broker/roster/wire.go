package roster

import (
	"encoding/binary"
	"errors"
	"time"
)

// Everything on the roster's subject is one frame. Integers are big endian,
// strings are a byte of length and that many bytes.
//
//	frame = version(1) kind(1) node(2) boot(8) slot(1) life(8) ...
//	here  = flags(1) began(8) key(16) slots-1(1) pid(4) connections(4) polling(4) websocket(4) relayed(8) across(8) tunnelled(8) name server
//	bye   =
//	lost  = slot(1) life(8): of a worker of the same node
const (
	version  = 1
	original = 1 + 1 + 2 + 8 + 1 + 8
	fixed    = 1 + 8 + 16 + 1 + 4 + 4 + 4 + 4 + 8 + 8 + 8
	longest  = 255 // bytes of a string
)

type kind byte

const (
	kindHere kind = 1
	kindBye  kind = 2
	kindLost kind = 3
)

// flagHello asks the others to say soon who they are.
const flagHello = 1

var errMalformed = errors.New("roster: malformed frame")

// frame is a parsed frame. Of a bye and of a lost only the number, the boot, slot
// and life are set: the sender's, or those of the worker that was lost.
type frame struct {
	kind  kind
	hello bool
	from  Member // of a lost: who says so
	Present
}

func appendOriginal(b []byte, k kind, m Member) []byte {
	b = append(b, version, byte(k))
	b = binary.BigEndian.AppendUint16(b, m.ID)
	b = binary.BigEndian.AppendUint64(b, m.Boot)
	b = append(b, m.Slot)
	return binary.BigEndian.AppendUint64(b, m.Life)
}

func appendHere(b []byte, p Present, hello bool) []byte {
	b = appendOriginal(b, kindHere, p.Member)
	flags := byte(0)
	if hello {
		flags = flagHello
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Began.UnixNano()))
	b = append(b, p.Key[:]...)
	b = append(b, byte(p.Slots-1))
	b = binary.BigEndian.AppendUint32(b, uint32(p.PID))
	b = binary.BigEndian.AppendUint32(b, p.Counts.Connections)
	b = binary.BigEndian.AppendUint32(b, p.Counts.Polling)
	b = binary.BigEndian.AppendUint32(b, p.Counts.WebSocket)
	b = binary.BigEndian.AppendUint64(b, p.Counts.Relayed)
	b = binary.BigEndian.AppendUint64(b, p.Counts.Across)
	b = binary.BigEndian.AppendUint64(b, p.Counts.Tunnelled)
	return appendString(appendString(b, p.Name), p.Server)
}

func appendLost(b []byte, m Member, slot uint8, life uint64) []byte {
	b = append(appendOriginal(b, kindLost, m), slot)
	return binary.BigEndian.AppendUint64(b, life)
}

func appendString(b []byte, s string) []byte {
	s = s[:min(len(s), longest)]
	return append(append(b, byte(len(s))), s...)
}

// parse is strict: every value in range, nothing left over.
func parse(b []byte) (f frame, err error) {
	if len(b) < original || b[0] != version {
		return f, errMalformed
	}
	f.kind = kind(b[1])
	f.ID, f.Boot = binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint64(b[4:])
	f.Slot, f.Life = b[12], binary.BigEndian.Uint64(b[13:])
	if f.Boot == 0 || f.Life == 0 {
		return f, errMalformed
	}
	f.from = f.Member
	switch b = b[original:]; f.kind {
	case kindHere:
		return f, f.here(b)
	case kindBye:
		if len(b) == 0 {
			return f, nil
		}
	case kindLost:
		if len(b) == 9 {
			f.Slot, f.Life = b[0], binary.BigEndian.Uint64(b[1:])
			return f, nil
		}
	}
	return f, errMalformed
}

func (f *frame) here(b []byte) error {
	if len(b) < fixed || b[0]&^flagHello != 0 {
		return errMalformed
	}
	f.hello = b[0]&flagHello != 0
	f.Began = time.Unix(0, int64(binary.BigEndian.Uint64(b[1:])))
	copy(f.Key[:], b[9:])
	f.Slots = int(b[25]) + 1
	f.PID = int(binary.BigEndian.Uint32(b[26:]))
	c := &f.Counts
	c.Connections = binary.BigEndian.Uint32(b[30:])
	c.Polling = binary.BigEndian.Uint32(b[34:])
	c.WebSocket = binary.BigEndian.Uint32(b[38:])
	c.Relayed = binary.BigEndian.Uint64(b[42:])
	c.Across = binary.BigEndian.Uint64(b[50:])
	c.Tunnelled = binary.BigEndian.Uint64(b[58:])
	var ok bool
	if f.Name, b, ok = takeString(b[fixed:]); !ok {
		return errMalformed
	}
	if f.Server, b, ok = takeString(b); !ok || len(b) != 0 || int(f.Slot) >= f.Slots {
		return errMalformed
	}
	f.from = f.Member
	return nil
}

func takeString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) < 1 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
