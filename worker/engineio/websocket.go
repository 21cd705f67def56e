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
	replies uint16 // written to a client that was not reading
}

type readStatus uint8

const (
	readMore   readStatus = iota // nothing complete is left
	readPacket                   // a packet
	readClosed                   // the client closed; it has been answered
	readFailed                   // RFC 6455 broken; the client has been told
	readBad                      // a message that is no packet
	readFlood                    // more pings than the client takes pongs
)

// read takes the next packet out of b, which it may write into, and returns
// what is behind it. Control frames are dealt with here.
func (w *webSocket) read(s *Server, b []byte, rev eio.Revision) (p eio.Packet, rest []byte, st readStatus) {
	limits := s.settings.Load().limits
	for {
		ev, n, err := w.decoder.Next(b, limits)
		b = b[n:]
		if err != nil {
			w.fail(s, err)
			return p, nil, readFailed
		}
		switch ev.Kind {
		case ws.None:
			return p, nil, readMore
		case ws.Ping:
			if !w.mayReply() {
				return p, nil, readFlood
			}
			w.conn.Write(ws.AppendFrame(nil, ws.OpPong, ev.Data))
		case ws.Pong:
		case ws.Close:
			w.close(s, ev.Code, string(ev.Data))
			return p, nil, readClosed
		case ws.Text:
			if p, err = eio.ParseText(rev, ev.Data); err != nil {
				return p, nil, readBad
			}
			return p, b, readPacket
		case ws.Binary:
			if p, err = eio.ParseBinary(rev, ev.Data); err != nil {
				w.close(s, ws.CloseUnsupported, "")
				return p, nil, readBad
			}
			return p, b, readPacket
		}
	}
}

// mayReply counts what is written because the client asked for it: a few bytes
// that cost more to keep than to ask for, so that the queue's bound in bytes is
// not enough.
func (w *webSocket) mayReply() bool {
	if !w.conn.Blocked() {
		w.replies = 0
		return true
	}
	w.replies++
	return w.replies <= unsentReplies
}

// fail ends the connection with the code that RFC 6455 wants.
func (w *webSocket) fail(s *Server, err error) {
	code := ws.CloseProtocolError
	var ce *ws.CloseError
	if errors.As(err, &ce) {
		code = ce.Code
	}
	w.close(s, code, "")
}

// close sends a close frame behind what is queued and ends the connection; a
// code of 0 stands for none in the frame, as the reference does it. The handler
// hears nothing more.
func (w *webSocket) close(s *Server, code uint16, reason string) {
	if w.conn == nil {
		return
	}
	w.conn.Write(ws.AppendClose(nil, code, reason))
	w.conn.CloseAfterFlush(s.loop.Now().Add(s.waits.webSocketClose))
	w.conn = nil
	w.decoder = ws.Decoder{}
}

// sessionSocket is a session as the loop's handler of its WebSocket.
type sessionSocket struct{ s *Session }

// Data takes the packets of what the client sent.
func (h sessionSocket) Data(_ *loop.Conn, b []byte) {
	s := h.s
	for s.state == open && s.socket.conn != nil {
		p, rest, st := s.socket.read(s.server, b, s.revision)
		switch st {
		case readMore:
			return
		case readClosed:
			s.end(TransportClose)
		case readFailed:
			s.end(TransportError)
		case readBad:
			s.end(ParseError)
		case readFlood:
			s.overflow(&s.server.tally.replies)
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
