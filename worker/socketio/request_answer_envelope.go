package socketio

import (
	"encoding/binary"
	"encoding/json"
)

// answerEnvelope is a part of a worker's answer to a request:
//
//	version 1 | kind 5 (answer) | op | id(8) | part | status | body
//	emit:         ids | count { index | arguments } | count { index | loss }
//	fetch:        count { id | rooms | data | handshake }
//	join:         nothing
//	server event: arguments
//
// Arguments are a JSON array and attachments; data is JSON or nothing. Parts are
// counted from 0; the last has another status than more. A body is there with the
// statuses more and last only. An answer to emit first lists the sockets that
// were asked; then indexes into that list say who has answered, and who never
// will. More of fetch is sent when it is asked for, by a nudge:
//
//	version 1 | kind 6 (nudge) | what | id(8)
type answerEnvelope struct {
	op     requestOp
	id     uint64
	part   uint64
	status answerStatus

	ids     []string
	answers []indexed
	lost    []lost
	sockets []*RemoteSocket
	args    *Args
}

// indexed is a socket's answer.
type indexed struct {
	index uint32
	args  *Args
}

// lost is a socket that will not answer.
type lost struct {
	index uint32
	why   loss
}

// answerStatus says what follows.
type answerStatus byte

const (
	statusMore   answerStatus = iota // another part
	statusLast                       // nothing
	statusBusy                       // nothing: the worker had too much to do
	statusNobody                     // nothing: nobody there hears the event
	lastStatus   = statusNobody
)

// nudge is what an asker tells who answers.
type nudge byte

const (
	nudgeNext   nudge = 1 + iota // send the next part
	nudgeCancel                  // nobody waits any more
)

const (
	maxParts = 1 << 40
	maxIndex = 1<<32 - 1
)

func (e *answerEnvelope) append(dst []byte) []byte {
	dst = append(dst, envelopeVersion, kindAnswer, byte(e.op))
	dst = binary.BigEndian.AppendUint64(dst, e.id)
	dst = binary.AppendUvarint(dst, e.part)
	dst = append(dst, byte(e.status))
	if e.status > statusLast {
		return dst
	}
	switch e.op {
	case opEmit:
		dst = appendList(dst, e.ids)
		dst = binary.AppendUvarint(dst, uint64(len(e.answers)))
		for _, a := range e.answers {
			dst = appendArgs(binary.AppendUvarint(dst, uint64(a.index)), a.args)
		}
		dst = binary.AppendUvarint(dst, uint64(len(e.lost)))
		for _, l := range e.lost {
			dst = append(binary.AppendUvarint(dst, uint64(l.index)), byte(l.why))
		}
	case opFetch:
		dst = binary.AppendUvarint(dst, uint64(len(e.sockets)))
		for _, s := range e.sockets {
			dst = s.append(dst)
		}
	case opServerEvent:
		dst = appendArgs(dst, e.args)
	}
	return dst
}

// append encodes a socket that is sealed.
func (r *RemoteSocket) append(dst []byte) []byte {
	dst = appendBytes(dst, r.id)
	dst = appendList(dst, r.rooms)
	dst = appendBytes(dst, r.data)
	return appendBytes(dst, r.handshake)
}

// parseAnswer checks everything. Arguments alias b, the rest does not.
func parseAnswer(b []byte) (*answerEnvelope, error) {
	r, op, err := opened(b, kindAnswer)
	if err != nil {
		return nil, err
	}
	e := &answerEnvelope{op: requestOp(op)}
	e.id = r.uint64()
	e.part = uint64(r.count(maxParts))
	e.status = answerStatus(r.byte())
	if e.op == 0 || e.op > lastOp || e.status > lastStatus {
		r.fail(errVersion)
	}
	if e.status <= statusLast {
		e.body(r)
	}
	return e, r.done()
}

func (e *answerEnvelope) body(r *reader) {
	switch e.op {
	case opEmit:
		e.ids = r.names(len(r.rest))
		for range r.count(len(r.rest)) {
			if r.err != nil {
				return
			}
			e.answers = append(e.answers, indexed{uint32(r.count(maxIndex)), r.args()})
		}
		for range r.count(len(r.rest)) {
			if r.err != nil {
				return
			}
			l := lost{uint32(r.count(maxIndex)), loss(r.byte())}
			if l.why > lastLoss {
				r.fail(errVersion)
			}
			e.lost = append(e.lost, l)
		}
	case opFetch:
		for range r.count(len(r.rest)) {
			if r.err != nil {
				return
			}
			e.sockets = append(e.sockets, r.socket())
		}
	case opServerEvent:
		e.args = r.args()
	}
}

// socket takes a socket, with bytes of its own, as it may be kept for long.
func (r *reader) socket() *RemoteSocket {
	s := &RemoteSocket{id: string(r.bytes()), rooms: r.names(len(r.rest))}
	data, handshake := r.bytes(), r.bytes()
	if r.err != nil {
		return nil
	}
	if len(data) > 0 && !json.Valid(data) || len(handshake) == 0 || handshake[0] != '{' || !json.Valid(handshake) {
		r.fail(errArguments)
		return nil
	}
	own := append(append(make([]byte, 0, len(data)+len(handshake)), data...), handshake...)
	if len(data) > 0 {
		s.data = own[:len(data):len(data)]
	}
	s.handshake = own[len(data):]
	return s
}

func appendNudge(dst []byte, n nudge, id uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, envelopeVersion, kindNudge, byte(n)), id)
}

func parseNudge(b []byte) (n nudge, id uint64, err error) {
	r, what, err := opened(b, kindNudge)
	if err != nil {
		return 0, 0, err
	}
	if n = nudge(what); n != nudgeNext && n != nudgeCancel {
		r.fail(errVersion)
	}
	id = r.uint64()
	return n, id, r.done()
}
