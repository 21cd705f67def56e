package tokens

import (
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// The events between a client and the guard.
const (
	// Refresh is sent by a client with a new token as its argument. The acknowledgement is {"expires": Unix seconds, 0 for never}
	// or {"error": {"code", "message"}}; after an error the socket goes on with the token that it had.
	Refresh = "token_refresh"
	// Expired is sent to a client right before its socket is ended, with {"code", "message"}.
	Expired = "token_expired"
)

// Identity is what a token makes of a socket's data, as JSON.
type Identity struct {
	User    string          `json:"user"`
	Data    json.RawMessage `json:"data,omitempty"`
	Expires int64           `json:"expires,omitempty"` // Unix seconds; 0: never
}

// Guard lets sockets in by their tokens, and ends them with these.
type Guard struct {
	logger   *slog.Logger
	verifier atomic.Pointer[Verifier]
	counters counters

	mu      sync.Mutex
	bearers map[*socketio.Socket]*bearer
	waiting queue
	next    *time.Timer // for the first of waiting
	stop    chan struct{}
	done    chan struct{}
}

// bearer is a socket that has been let in.
type bearer struct {
	socket  *socketio.Socket
	user    string
	rooms   []string // those of its token
	data    []byte   // that its token has set
	expires time.Time
	place   int // in the queue; -1: not in it
}

// NewGuard returns a guard by the verifier, which Close ends.
func NewGuard(v *Verifier, l *slog.Logger) *Guard {
	g := &Guard{logger: l, bearers: make(map[*socketio.Socket]*bearer), next: time.NewTimer(time.Hour), stop: make(chan struct{}), done: make(chan struct{})}
	g.verifier.Store(v)
	go g.run()
	return g
}

// SetVerifier has tokens judged by another verifier from now on. Who has been let in stays.
func (g *Guard) SetVerifier(v *Verifier) { g.verifier.Store(v) }

// Protect guards a namespace: for [socketio.Options.Every], or before anything else is registered with it.
func (g *Guard) Protect(n socketio.Registrar) {
	n.Use(g.admit)
	n.OnConnection(g.came)
	n.On(Refresh, g.refresh)
	n.OnDisconnect(func(s *socketio.Socket, _ string) { g.forget(s) })
	n.OnAbandoned(g.forget)
}

// Close ends the guard after the server that it guards: tokens do not expire any more.
func (g *Guard) Close() {
	close(g.stop)
	<-g.done
}

// admit is the middleware.
func (g *Guard) admit(s *socketio.Socket) error {
	said, refusal := g.judge(brought(s.Handshake()))
	if refusal != nil {
		g.refused(s, refusal)
		return refusal.connectError()
	}
	b := &bearer{socket: s, user: said.User, place: -1}
	if refusal := g.apply(b, said); refusal != nil {
		g.refused(s, refusal)
		return refusal.connectError()
	}
	g.counters.accepted.Add(1)
	g.keep(b, said.Expires)
	return nil
}

// brought is the JSON of the token that a client comes with: auth.token, or token in the query for clients of protocol 4, which
// have no other place for it in the root namespace.
func brought(h socketio.Handshake) json.RawMessage {
	var auth struct {
		Token json.RawMessage `json:"token"`
	}
	_ = json.Unmarshal(h.Auth, &auth) // an object, or nothing is in it
	if auth.Token == nil && h.Query.Get("EIO") == "3" && h.Query.Has("token") {
		auth.Token, _ = json.Marshal(h.Query.Get("token"))
	}
	return auth.Token
}

// came ends a socket whose token has expired while other middleware was asked.
func (g *Guard) came(s *socketio.Socket) {
	g.mu.Lock()
	there := g.bearers[s] != nil
	g.mu.Unlock()
	if !there {
		g.dismiss(s)
	}
}

// judge takes the JSON of a token.
func (g *Guard) judge(raw json.RawMessage) (Claims, *Refusal) {
	var token string
	if len(raw) > 0 && string(raw) != "null" {
		if err := json.Unmarshal(raw, &token); err != nil {
			return Claims{}, refuse(Malformed, err)
		}
	}
	said, err := g.verifier.Load().Verify(token)
	if err != nil {
		return Claims{}, err.(*Refusal)
	}
	return said, nil
}

func (g *Guard) refused(s *socketio.Socket, r *Refusal) {
	g.counters.refused[slices.Index(Codes[:], r.Code)].Add(1)
	g.logger.Info("token refused", "namespace", s.Namespace().Name(), "address", s.Handshake().Address, "code", r.Code, "error", r)
}

// apply makes a socket what a token says: rooms that the one before gave and this one does not are left.
func (g *Guard) apply(b *bearer, said Claims) *Refusal {
	if err := b.socket.Join(said.Rooms...); err != nil {
		return refuse(Malformed, err)
	}
	for _, room := range b.rooms {
		if !slices.Contains(said.Rooms, room) {
			_ = b.socket.Leave(room) // fails where the socket is gone
		}
	}
	b.rooms = said.Rooms
	var present json.RawMessage
	if err := b.socket.Data(&present); err != nil || string(present) != string(b.data) {
		return nil // it is the application's by now
	}
	i := Identity{User: said.User, Data: said.Data}
	if !said.Expires.IsZero() {
		i.Expires = said.Expires.Unix()
	}
	data, err := json.Marshal(i)
	if err != nil {
		return refuse(Malformed, err)
	}
	b.data = data
	if err := b.socket.SetData(json.RawMessage(data)); err != nil {
		return refuse(Malformed, err)
	}
	return nil
}

// refresh is the handler of the event Refresh.
func (g *Guard) refresh(s *socketio.Socket, e *socketio.Event) {
	expires, refusal := g.renew(s, e)
	if refusal != nil {
		g.refused(s, refusal)
		_ = e.Ack(map[string]answer{"error": refusal.told()}) // fails where none is wanted
		return
	}
	g.counters.refreshed.Add(1)
	_ = e.Ack(map[string]int64{"expires": expires})
}

func (g *Guard) renew(s *socketio.Socket, e *socketio.Event) (int64, *Refusal) {
	var raw json.RawMessage
	_ = e.Decode(&raw) // nothing: it is missing
	said, refusal := g.judge(raw)
	if refusal != nil {
		return 0, refusal
	}
	g.mu.Lock()
	b := g.bearers[s]
	g.mu.Unlock()
	if b == nil {
		return 0, refuse(TooOld, nil) // it is being ended
	}
	if said.User != b.user {
		return 0, refuse(Another, nil)
	}
	if refusal := g.apply(b, said); refusal != nil { // events of one socket come one at a time
		return 0, refusal
	}
	g.keep(b, said.Expires)
	if said.Expires.IsZero() {
		return 0, nil
	}
	return said.Expires.Unix(), nil
}
