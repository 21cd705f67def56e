package engineio

import (
	"errors"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/valyala/fasthttp"
)

const textPayload = "text/plain; charset=UTF-8"

// Exchange serves one polling request to a session of this process. It belongs
// to the loop. r has heard on return, or hears later on the loop. Where the
// handler panics, the session ends, which answers r.
func (s *Server) Exchange(x *Exchange, r Responder) {
	session := s.sessions[x.SID]
	returned := false
	defer func() {
		if !returned && session != nil {
			session.end(TransportError)
		}
	}()
	s.exchange(session, x, r)
	returned = true
}

func (s *Server) exchange(session *Session, x *Exchange, r Responder) {
	if err := session.check(x); err != nil {
		a := err.answer()
		a.Refusal = err
		r.Respond(a)
		return
	}
	switch x.Method {
	case fasthttp.MethodGet:
		session.get(r)
	case fasthttp.MethodPost:
		session.receivePost(x, r)
	default:
		r.Respond(&Answer{Status: fasthttp.StatusInternalServerError})
	}
}

// check is what the reference verifies of a request that names a session.
func (s *Session) check(x *Exchange) *RequestError {
	switch {
	case s == nil:
		return refuse(UnknownSID, "no session has this id")
	case x.WebSocket != s.framed:
		return refuse(BadRequest, "another transport than the session's, and no upgrade")
	case x.Revision != s.revision:
		return refuse(BadRequest, "another Engine.IO revision than the session's")
	case x.WebSocket:
		return refuse(BadRequest, "a polling request to a WebSocket session")
	}
	return nil
}

// get answers a GET with what is queued, or keeps it until there is something.
func (s *Session) get(r Responder) {
	if s.poll != nil {
		s.end(TransportError)
		r.Respond(&Answer{Status: fasthttp.StatusBadRequest})
		return
	}
	s.poll = r
	if len(s.queue) > 0 || s.state == closing {
		s.flushPoll()
	}
}

// flushPoll answers the waiting GET with all that is queued. A session that is
// closing ends with it.
func (s *Session) flushPoll() {
	if s.polling == nil || s.poll == nil || len(s.queue) == 0 && s.state == open {
		return
	}
	if len(s.queue) > 0 {
		packets := s.queue
		s.queue, s.queueBytes = nil, 0
		s.answerPoll(packets)
		return
	}
	s.answerPoll([]*Message{noopPacket, closePacket})
	s.end(ForcedClose)
}

// answerPoll ends the waiting GET with those packets.
func (s *Session) answerPoll(messages []*Message) {
	size, compressible := 0, false
	for _, m := range messages {
		size += m.Len() + 16
		compressible = compressible || !m.plain
	}
	packets := s.server.packets[:0]
	for _, m := range messages {
		packets = append(packets, m.packet())
		s.server.tally.polling.out(m.Len())
	}
	// A script cannot carry bytes.
	body, octet := eio.AppendPayload(make([]byte, 0, size), s.revision, packets, s.b64 || s.jsonp != nil)
	clear(packets)
	s.server.packets = packets[:0]
	a := &Answer{Status: fasthttp.StatusOK, ContentType: textPayload, Body: body, Compressible: compressible}
	if octet {
		a.ContentType = "application/octet-stream"
	}
	if s.jsonp != nil {
		a.Body = eio.AppendJSONP(make([]byte, 0, len(body)+64), *s.jsonp, body)
	}
	r := s.poll
	s.poll = nil
	r.Respond(a)
}

// postAnswer is html, for old browsers that would offer plain text as a
// download.
func postAnswer() *Answer {
	return &Answer{Status: fasthttp.StatusOK, ContentType: "text/html", Body: []byte("ok")}
}

func (s *Session) endPost(a *Answer) {
	r := s.post
	s.post = nil
	r.Respond(a)
}

// receivePost takes the packets of a POST. The answer waits while the session
// is paused, which holds the client back.
func (s *Session) receivePost(x *Exchange, r Responder) {
	if s.post != nil || x.Octet && s.revision == eio.V4 {
		s.end(TransportError)
		r.Respond(&Answer{Status: fasthttp.StatusBadRequest})
		return
	}
	s.post = r
	s.receivePayload(x)
	if s.post != nil && !s.paused {
		s.endPost(postAnswer())
	}
}

func (s *Session) receivePayload(x *Exchange) {
	body, octet := x.Body, x.Octet
	if s.jsonp != nil {
		octet = false
		form, err := eio.DecodeJSONPForm(body)
		switch {
		case errors.Is(err, eio.ErrForm):
			return // the reference passes over a form without data
		case err != nil:
			s.end(ParseError)
			return
		}
		body = form
	}
	err := eio.DecodePayload(s.revision, body, octet, packetsPerPayload, func(p eio.Packet) error {
		if p.Type == eio.Close {
			s.server.tally.polling.in(len(p.Data))
			s.end(TransportClose)
		}
		if s.state != open {
			return errSessionOver
		}
		s.receive(p)
		return nil
	})
	if err != nil && s.state == open {
		s.end(ParseError)
	}
}

// pollLost hears that the client of a waiting request went away.
func (s *Session) pollLost(r Responder) {
	switch {
	case s.polling == nil:
	case s.poll == r:
		s.poll = nil
		s.end(TransportError)
	case s.post == r:
		s.post = nil
		s.end(TransportError)
	}
}
