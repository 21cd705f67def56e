package engineio

import (
	"errors"
	"strings"

	"github.com/valyala/fasthttp"
)

func (r *request) newID() (string, *RequestError) {
	id, err := r.server.options.GenerateID(r.head)
	if err == nil && strings.ContainsFunc(id, notIDCharacter) || err == nil && id == "" {
		err = errors.New("an id must be letters, digits, - and _")
	}
	if err != nil {
		r.server.logger.Error("generate a session id", address(r.head.Remote), "error", err)
		return "", refuse(BadRequest, "no session id could be made")
	}
	return id, nil
}

func notIDCharacter(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
}

// openPolling opens a session over polling and answers with its open packet.
func (r *request) openPolling() {
	id, refusal := r.newID()
	if refusal != nil {
		r.refused(refusal, false)
		return
	}
	r.initialHeaders()
	task := &openPolling{server: r.server, id: id, query: r.query, head: r.head, done: make(chan *Answer, 1)}
	if !r.server.loop.Post(task) {
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
		return
	}
	select {
	case a := <-task.done:
		if task.crowded {
			r.lines.Add("Retry-After", crowdPause)
		}
		// An id that is another session's already is not for this client.
		if c := &r.server.options.Cookie; c.Name != "" && a.Status == fasthttp.StatusOK {
			r.lines.Add("Set-Cookie", c.line(id))
		}
		r.answer(a)
	case <-r.server.loop.Done():
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
	}
}

// openPolling is a polling handshake as a task of the loop.
type openPolling struct {
	server *Server
	id     string
	query  query
	head   *Request
	done   chan *Answer

	crowded bool // refused for the sessions of its address
}

// Run opens the session.
func (t *openPolling) Run() {
	s := t.server
	t.crowded = s.crowded(t.head)
	if t.crowded || s.shutdown || s.sessions[t.id] != nil {
		t.done <- &Answer{Status: fasthttp.StatusServiceUnavailable}
		return
	}
	session := s.open(t.id, &t.query, t.head)
	session.poll = t
	session.answerPoll([]*Message{s.openPacket(session)})
	session.startHeartbeat()
	session.callOpen()
}

// Respond passes the open packet on.
func (t *openPolling) Respond(a *Answer) { t.done <- a }
