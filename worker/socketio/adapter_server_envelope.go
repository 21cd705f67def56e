package socketio

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

// serverEnvelope is a server-side event between workers:
//
//	version 1 | kind 2 (server-side event) | flags 0 | namespace | event | text | attachments
//
// Its parts are written as an [envelope]'s are. The text is a packet that holds
// arguments and nothing else: an acknowledgement of the namespace, without an
// id. The name stands outside of it, as other names are reserved here than
// between client and server.
type serverEnvelope struct {
	namespace, event string
	text             []byte
	attachments      [][]byte

	args []byte // the packet's, once parsed
}

func (e *serverEnvelope) append(dst []byte) []byte {
	dst = append(dst, envelopeVersion, kindServerEvent, 0)
	dst = appendBytes(dst, e.namespace)
	dst = appendBytes(dst, e.event)
	dst = appendBytes(dst, e.text)
	return appendList(dst, e.attachments)
}

// parseServerEnvelope checks everything. Byte strings alias b.
func parseServerEnvelope(b []byte) (*serverEnvelope, error) {
	switch {
	case len(b) < envelopeMinBytes:
		return nil, errShort
	case b[0] != envelopeVersion || b[1] != kindServerEvent || b[2] != 0:
		return nil, fmt.Errorf("%w: %x", errVersion, b[:3])
	}
	e := &serverEnvelope{}
	r := reader{rest: b[envelopeMinBytes:]}
	e.namespace = string(r.bytes())
	e.event = string(r.bytes())
	e.text = r.bytes()
	for range r.count(attachmentsCeiling) {
		e.attachments = append(e.attachments, r.bytes())
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.rest) > 0:
		return nil, errLong
	}
	return e, e.check()
}

// check has the packet be arguments, and takes them out.
func (e *serverEnvelope) check() error {
	p, err := sio.Parse(e.text, attachmentsCeiling)
	if err != nil {
		return fmt.Errorf("packet: %w", err)
	}
	switch {
	case p.Type != sio.Ack && p.Type != sio.BinaryAck || p.Data == nil || p.HasID:
		return fmt.Errorf("packet of type %d holds no arguments", p.Type)
	case p.Namespace != e.namespace || !strings.HasPrefix(e.namespace, "/") || p.Attachments != len(e.attachments):
		return errDiffer
	case reservedServerSide[e.event]:
		return ErrReserved
	case !utf8.Valid(e.text):
		return errEncoding
	}
	if p.Attachments > 0 {
		if err := sio.Placeholders(p.Data, p.Attachments); err != nil {
			return fmt.Errorf("packet: %w", err)
		}
	}
	e.args = p.Data
	return nil
}
