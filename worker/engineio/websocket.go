package engineio

import (
	"errors"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/loop"
)

// webSocket is one WebSocket connection: a session's, or that of an upgrade
// under way.
type webSocket struct {
	conn    *loop.Conn
	decoder ws.Decoder
}

type readStatus uint8

const (
	readMore   readStatus = iota // nothing complete is left
	readPacket                   // a packet
	readClosed                   // the client closed; it has been answered
	readFailed                   // RFC 6455 broken; the client has been told
	readBad                      // a message that is no packet
)

// read takes the next packet out of b, which it may write into, and returns
// what is behind it. Control frames are dealt with here.
func (w *webSocket) read(l *loop.Loop, b []byte, rev eio.Revision, limits ws.Limits) (p eio.Packet, rest []byte, st readStatus) {
	for {
		ev, n, err := w.decoder.Next(b, limits)
		b = b[n:]
		if err != nil {
			w.fail(l, err)
			return p, nil, readFailed
		}
		switch ev.Kind {
		case ws.None:
			return p, nil, readMore
		case ws.Ping:
			w.conn.Write(ws.AppendFrame(nil, ws.OpPong, ev.Data))
		case ws.Pong:
		case ws.Close:
			w.close(l, ev.Code)
			return p, nil, readClosed
		case ws.Text:
			if p, err = eio.ParseText(rev, ev.Data); err != nil {
				return p, nil, readBad
			}
			return p, b, readPacket
		case ws.Binary:
			if p, err = eio.ParseBinary(rev, ev.Data); err != nil {
				w.close(l, ws.CloseUnsupported)
				return p, nil, readBad
			}
			return p, b, readPacket
		}
	}
}

// fail ends the connection with the code that RFC 6455 wants.
func (w *webSocket) fail(l *loop.Loop, err error) {
	code := uint16(ws.CloseProtocolError)
	var ce *ws.CloseError
	if errors.As(err, &ce) {
		code = ce.Code
	}
	w.close(l, code)
}

// close sends a close frame behind what is queued and ends the connection; a
// code of 0 sends none, as the reference does. The handler hears nothing more.
func (w *webSocket) close(l *loop.Loop, code uint16) {
	if w.conn == nil {
		return
	}
	w.conn.Write(ws.AppendClose(nil, code, ""))
	w.conn.CloseAfterFlush(l.Now().Add(webSocketCloseDeadline))
	w.conn = nil
	w.decoder = ws.Decoder{}
}

// sessionSocket is a session as the loop's handler of its WebSocket.
type sessionSocket struct{ s *Session }

// Data takes the packets of what the client sent.
func (h sessionSocket) Data(_ *loop.Conn, b []byte) {
	s := h.s
	for s.state == open && s.socket.conn != nil {
		p, rest, st := s.socket.read(s.server.loop, b, s.revision, s.server.limits)
		switch st {
		case readMore:
			return
		case readClosed:
			s.end(TransportClose)
		case readFailed:
			s.end(TransportError)
		case readBad:
			s.end(ParseError)
		case readPacket:
			s.receive(p)
		}
		b = rest
	}
}

// Closed hears that the connection is gone.
func (h sessionSocket) Closed(*loop.Conn, error) {
	s := h.s
	s.socket.conn = nil
	s.end(TransportClose)
}

// Writable hears that a full queue is empty again: nobody waits for it.
func (h sessionSocket) Writable(*loop.Conn) {}
