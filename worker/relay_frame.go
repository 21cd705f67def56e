package worker

import (
	"encoding/binary"
	"errors"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
)

// What workers of different nodes say to each other is one frame a message, on
// the subject of the worker that it is for. Numbers are big endian.
//
//	frame:   version, kind, life that it is for (8), the sender's node (2), slot and life (8), id (8), number (4), payload
//	request: flags, [head], body              id: the asker's exchange; number: of the piece, from 0
//	answer:  flags, [head], body              id: the exchange; number: of the piece
//	cancel:                                   id: the exchange
//	still:                                    id: an exchange that should be under way; it is refused where it is not
//	missed:                                   the sender may have missed frames
//	open:    1, client's address, bytes       id: the carrier's number of the tunnel
//	data:    end, bytes                       number: of the tunnel's frames of this direction, open being 0
//	window:  end, bytes that may follow (4)   number: likewise
//	close:   end, why                         number: likewise
//	probe:   end, whether one is to come back number: of the next frame
//
// An end is 1 for the carrier of the client's connection, 0 for the home of its
// session.
const (
	frameVersion = 1
	frameHead    = 1 + 1 + 8 + 2 + 1 + 8 + 8 + 4
	numberAt     = frameHead - 4
)

type frameKind byte

const (
	frameRequest frameKind = iota + 1
	frameAnswer
	frameCancel
	frameStill
	frameMissed
	frameOpen
	frameData
	frameWindow
	frameClose
	frameProbe
)

var errBadFrame = errors.New("relay: a frame that does not parse")

// frame is a parsed one. Body is a part of what was parsed.
type frame struct {
	kind    frameKind
	life    uint64 // whom it is for
	from    station
	id      uint64
	number  uint32
	flags   byte // of a piece
	carrier bool // the sender is the tunnel's
	address fdpass.Addr
	credit  uint32
	why     closeReason
	wants   bool
	body    []byte
}

// asker is who asked, where that is the sender.
func (f *frame) asker() asker {
	return asker{f.from.home.Node, f.from.home.Slot, f.from.life, f.id}
}

// appendHead begins a frame of that sender.
func appendHead(dst []byte, kind frameKind, life uint64, from asker, number uint32) []byte {
	dst = append(dst, frameVersion, byte(kind))
	dst = binary.BigEndian.AppendUint64(dst, life)
	dst = binary.BigEndian.AppendUint16(dst, from.node)
	dst = append(dst, from.slot)
	dst = binary.BigEndian.AppendUint64(dst, from.life)
	dst = binary.BigEndian.AppendUint64(dst, from.id)
	return binary.BigEndian.AppendUint32(dst, number)
}

// parseFrame is strict: every value in range, nothing left over.
func parseFrame(b []byte) (f *frame, err error) {
	if len(b) < frameHead || b[0] != frameVersion {
		return nil, errBadFrame
	}
	f = &frame{
		kind:   frameKind(b[1]),
		life:   binary.BigEndian.Uint64(b[2:]),
		from:   station{sid.Home{Node: binary.BigEndian.Uint16(b[10:]), Slot: b[12]}, binary.BigEndian.Uint64(b[13:])},
		id:     binary.BigEndian.Uint64(b[21:]),
		number: binary.BigEndian.Uint32(b[numberAt:]),
	}
	if f.life == 0 || f.from.life == 0 || !f.payload(b[frameHead:]) {
		return nil, errBadFrame
	}
	return f, nil
}

func (f *frame) payload(b []byte) bool {
	switch f.kind {
	case frameRequest, frameAnswer:
		if len(b) < 1 || b[0]&^(firstPiece|lastPiece) != 0 || (b[0]&firstPiece != 0) != (f.number == 0) {
			return false
		}
		f.flags, f.body = b[0], b[1:]
		return true
	case frameCancel, frameStill:
		return len(b) == 0 && f.number == 0
	case frameMissed:
		return len(b) == 0 && f.number == 0 && f.id == 0
	case frameOpen, frameData, frameWindow, frameClose, frameProbe:
		if len(b) < 1 || b[0] > 1 {
			return false
		}
		f.carrier = b[0] == 1
		return f.ofTunnel(b[1:])
	}
	return false
}

func (f *frame) ofTunnel(b []byte) (ok bool) {
	switch f.kind {
	case frameOpen:
		f.address, f.body, ok = fdpass.ParseAddr(b)
		return ok && f.carrier && f.number == 0 && len(f.body) <= openBytes
	case frameData:
		f.body = b
		return len(b) > 0
	case frameWindow:
		if len(b) != 4 {
			return false
		}
		f.credit = binary.BigEndian.Uint32(b)
		return f.credit > 0 && f.credit <= tunnelWindow+tunnelSlack
	case frameClose:
		if len(b) != 1 {
			return false
		}
		f.why = closeReason(b[0])
		return f.why > 0 && f.why < closeReasons
	default: // a probe
		f.wants = len(b) == 1 && b[0] == 1
		return len(b) == 1 && b[0] <= 1
	}
}
