package worker

import (
	"encoding/binary"
	"errors"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/valyala/fasthttp"
)

// A relayed request and its answer travel in pieces of at most pieceBytes,
// whose order the inbox keeps (over the bus they have another beginning, see
// relay_frame.go, and numbers):
//
//	request: asker's slot, its life (8), exchange id (8), flags, [head], body
//	answer:  exchange id (8), flags, [head], body
//	cancel:  asker's slot, its life (8), exchange id (8)
//
// The head is in the first piece. Numbers are big endian.

const (
	firstPiece = 1 << iota
	lastPiece
)

const (
	pieceBytes      = 64 << 10
	longestSID      = 64
	longestType     = 128
	requestPrefix   = 1 + 8 + 8 + 1
	answerPrefix    = 8 + 1
	methodGet       = 1
	methodPost      = 2
	methodOther     = 3
	exchangeSocket  = 1 // bits of a request's head
	exchangeOctet   = 2
	answerCompress  = 1 // bits of an answer's head
	answerIsRefusal = 2
)

var (
	errBadPiece       = errors.New("relay: a piece that does not parse")
	errTooManyPartial = errors.New("relay: too many requests whose pieces are arriving")
)

// asker names a request, or a tunnel: who asked, in which life, and its number
// there.
type asker struct {
	node uint16
	slot uint8
	life uint64
	id   uint64
}

func (a asker) home() sid.Home { return sid.Home{Node: a.node, Slot: a.slot} }

// station is where the asker's answer goes.
func (a asker) station() station { return station{a.home(), a.life} }

// append leaves the node out: it is for the workers of one.
func (a asker) append(dst []byte) []byte {
	dst = append(dst, a.slot)
	dst = binary.BigEndian.AppendUint64(dst, a.life)
	return binary.BigEndian.AppendUint64(dst, a.id)
}

func parseAsker(b []byte) (a asker, rest []byte, err error) {
	if len(b) < 17 {
		return a, nil, errBadPiece
	}
	return asker{slot: b[0], life: binary.BigEndian.Uint64(b[1:]), id: binary.BigEndian.Uint64(b[9:])}, b[17:], nil
}

// pieces cuts head and body and passes each piece, with its prefix and its
// number from 0 on, to send. The piece is valid during the call.
func pieces(prefix, head, body []byte, send func(number uint32, piece []byte) error) error {
	flags := byte(firstPiece)
	buf := make([]byte, 0, min(len(prefix)+1+len(head)+len(body), pieceBytes))
	for number := uint32(0); ; number++ {
		buf = append(buf[:0], prefix...)
		at := len(buf)
		buf = append(buf, flags)
		buf = append(buf, head...)
		n := min(len(body), pieceBytes-len(buf))
		buf = append(buf, body[:n]...)
		head, body = nil, body[n:]
		if len(body) == 0 {
			buf[at] |= lastPiece
		}
		if err := send(number, buf); err != nil || len(body) == 0 {
			return err
		}
		flags = 0
	}
}

// offerBytes are enough for most requests in one piece.
const offerBytes = 256

// onePiece is a request in a single piece behind its prefix, if it fits.
func onePiece(prefix []byte, x *engineio.Exchange) (piece []byte, ok bool) {
	head := requestHead(x)
	if len(prefix)+1+len(head)+len(x.Body) > pieceBytes {
		return nil, false
	}
	piece = append(prefix, firstPiece|lastPiece)
	return append(append(piece, head...), x.Body...), true
}

func requestHead(x *engineio.Exchange) []byte {
	method := byte(methodOther)
	switch x.Method {
	case fasthttp.MethodGet:
		method = methodGet
	case fasthttp.MethodPost:
		method = methodPost
	}
	bits := byte(0)
	if x.WebSocket {
		bits |= exchangeSocket
	}
	if x.Octet {
		bits |= exchangeOctet
	}
	return append([]byte{method, byte(x.Revision), bits, byte(len(x.SID))}, x.SID...)
}

// parseRequestHead reads the head of a first piece; the rest is body.
func parseRequestHead(b []byte) (x *engineio.Exchange, body []byte, err error) {
	if len(b) < 4 || len(b) < 4+int(b[3]) || b[3] > longestSID || b[2]&^(exchangeSocket|exchangeOctet) != 0 {
		return nil, nil, errBadPiece
	}
	x = &engineio.Exchange{
		Revision:  eio.Revision(b[1]),
		WebSocket: b[2]&exchangeSocket != 0,
		Octet:     b[2]&exchangeOctet != 0,
		SID:       string(b[4 : 4+b[3]]),
	}
	if x.Revision != eio.V3 && x.Revision != eio.V4 {
		return nil, nil, errBadPiece
	}
	switch b[0] {
	case methodGet:
		x.Method = fasthttp.MethodGet
	case methodPost:
		x.Method = fasthttp.MethodPost
	case methodOther:
		x.Method = fasthttp.MethodPut
	default:
		return nil, nil, errBadPiece
	}
	return x, b[4+b[3]:], nil
}

func answerHead(a *engineio.Answer) []byte {
	bits, code := byte(0), byte(0)
	if a.Compressible {
		bits |= answerCompress
	}
	if a.Refusal != nil {
		bits |= answerIsRefusal
		code = byte(a.Refusal.Code)
	}
	head := binary.BigEndian.AppendUint16(nil, uint16(a.Status))
	head = append(head, bits, code, byte(len(a.ContentType)))
	return append(head, a.ContentType...)
}

func parseAnswerHead(b []byte) (a *engineio.Answer, body []byte, err error) {
	if len(b) < 5 || b[4] > longestType || len(b) < 5+int(b[4]) || b[2]&^(answerCompress|answerIsRefusal) != 0 {
		return nil, nil, errBadPiece
	}
	a = &engineio.Answer{
		Status:       int(binary.BigEndian.Uint16(b)),
		Compressible: b[2]&answerCompress != 0,
		ContentType:  string(b[5 : 5+b[4]]),
	}
	if a.Status < 100 || a.Status > 599 {
		return nil, nil, errBadPiece
	}
	if b[2]&answerIsRefusal != 0 {
		a.Refusal = &engineio.RequestError{Code: int(b[3]), Message: "refused by the session's worker"}
	}
	return a, b[5+b[4]:], nil
}
