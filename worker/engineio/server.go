package engineio

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/loop"
)

// errSessionOver ends the decoding of a payload whose session is gone.
var errSessionOver = errors.New("the session is over")

// Handler hears of the sessions, on the loop. It must not block. A panic ends
// the session that it was called for, with [TransportError].
type Handler interface {
	// Open is the first call for a session, which may be sent to from now on.
	Open(s *Session)
	// Message is one message of the client; data is valid during the call only.
	Message(s *Session, data []byte, binary bool)
	// Close is called once for each Open; the session takes nothing more.
	Close(s *Session, r Reason)
}

// Server holds the sessions of one path.
type Server struct {
	options Options
	path    []byte
	loop    *loop.Loop
	handler Handler
	logger  *slog.Logger
	waits   waits
	began   time.Time // from which batches of pings count
	front   *Front
	stats   counters

	refusals atomic.Pointer[[]func(*Request, *RequestError)] // hear of refused requests

	settings    atomic.Pointer[settings]
	reconfigure sync.Mutex // one change after the other
	published   publishedTally

	// The rest belongs to the loop.
	tally    tally
	sessions map[string]*Session
	crowd    crowd
	dirty    []*Session         // polls to answer at the turn's end
	flushing bool               // flushPolls is posted
	packets  []eio.Packet       // reused by answerPoll
	routed   map[*held]struct{} // requests that wait for another process
	shutdown bool
}

// NewServer returns a server whose sessions l owns. It is used through a
// [Front], or as a fasthttp handler through [Server.HandleRequest].
func NewServer(l *loop.Loop, o Options, h Handler) (*Server, error) {
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("engine.io options: %w", err)
	}
	s := &Server{
		options:  o,
		path:     []byte(o.Path),
		loop:     l,
		handler:  h,
		logger:   o.Logger,
		began:    time.Now(),
		waits:    waits{noopInterval, pollingCloseDeadline, webSocketCloseDeadline},
		sessions: make(map[string]*Session),
		routed:   make(map[*held]struct{}),
	}
	s.settings.Store(newSettings(&s.options))
	s.recount()
	l.Post(loop.Func(func() { l.AfterTurn(s.publish) })) // the loop may be running already
	return s, nil
}

// Path is the prefix that the server answers to, with its slash.
func (s *Server) Path() string { return s.options.Path }

// Session returns the session of that id, or nil. It belongs to the loop.
func (s *Server) Session(sid string) *Session { return s.sessions[sid] }

// Len is the number of sessions. It belongs to the loop.
func (s *Server) Len() int { return len(s.sessions) }

// Shutdown closes every session with [ShuttingDown], and refuses new ones and
// requests that wait for another process. It is due before the loop is stopped:
// a session that polls has nothing on the loop that would tell its end. It may
// be called from any goroutine but returns before it is done.
func (s *Server) Shutdown() {
	s.loop.Post(loop.Func(func() {
		s.shutdown = true
		for _, session := range s.sessions {
			session.end(ShuttingDown)
		}
		for h := range s.routed {
			h.abandon()
		}
	}))
}

// open adds a session. Its transport is set by the caller, which then calls
// opened.
func (s *Server) open(id string, q *query, r *Request) *Session {
	session := &Session{server: s, came: originOf(r), id: id, revision: q.revision, b64: q.b64, heartbeat: s.settings.Load().heartbeat}
	if q.transport == WebSocket {
		session.framed = true
	} else {
		session.polling = &polling{jsonp: q.jsonp}
		s.crowd.add(session.came.remote, +1)
	}
	s.sessions[id] = session
	s.count(q.transport, q.revision, +1)
	s.stats.handshakes.Add(1)
	return session
}

func (s *Server) openPacket(session *Session) *Message {
	o, now := &s.options, s.settings.Load()
	beat := now.heartbeats[session.heartbeat]
	upgrades := []string{}
	if !session.framed && o.AllowUpgrades && o.offers(WebSocket) {
		upgrades = append(upgrades, WebSocket)
	}
	return &Message{kind: eio.Open, payload: eio.AppendOpen(nil, eio.OpenData{
		SID:          session.id,
		Upgrades:     upgrades,
		PingInterval: int(beat.interval.Milliseconds()),
		PingTimeout:  int(beat.timeout.Milliseconds()),
		MaxPayload:   now.maxMessage,
	})}
}

func (s *Server) forget(session *Session) {
	delete(s.sessions, session.id)
	s.loop.Disarm(&session.timer)
	s.count(session.Transport(), session.revision, -1)
	if !session.framed {
		s.crowd.add(session.came.remote, -1)
	}
}

// flushLater answers the session's poll when the turn's messages are all
// queued.
func (s *Server) flushLater(session *Session) {
	if session.dirty {
		return
	}
	session.dirty = true
	s.dirty = append(s.dirty, session)
	if !s.flushing {
		s.flushing = true
		s.loop.Post((*pollFlush)(s))
	}
}

// pollFlush is a server as the task that answers its dirty polls.
type pollFlush Server

// Run answers the polls.
func (f *pollFlush) Run() {
	s := (*Server)(f)
	s.flushing = false
	for i := 0; i < len(s.dirty); i++ {
		s.dirty[i].dirty = false
		s.dirty[i].flushPoll()
		s.dirty[i] = nil
	}
	s.dirty = s.dirty[:0]
}
