package socketio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/protocol/sio"
)

const (
	refusedNamespace = "Invalid namespace"
	refusedTooMany   = "too many namespaces"
	refusedAuth      = "auth is too large"
	refusedPanic     = "internal server error"
)

// connect lets a client into a namespace, once the middleware agrees; where
// there is none, once a parent has made it.
func (c *client) connect(namespace, auth string) {
	server := c.server
	ns := server.namespace(namespace)
	var parent *ParentNamespace
	ask := false
	if ns == nil {
		if parent, ask = server.match(namespace); parent == nil && !ask {
			c.invalid(namespace)
			return
		}
	}
	if len(auth) > server.limits.AuthBytes {
		server.counters.authOverflows.Add(1)
		c.refuse(namespace, object{Message: refusedAuth})
		return
	}
	if len(c.sockets) >= server.limits.NamespacesPerClient {
		server.counters.namespaceOverflows.Add(1)
		c.refuse(namespace, object{Message: refusedTooMany})
		return
	}
	switch {
	case ask:
		ns = newNamespace(server, namespace) // for the time being
	case parent != nil:
		var err error
		if ns, err = server.child(parent, namespace); err != nil {
			c.refuse(namespace, object{Message: err.Error()})
			return
		}
	}
	s := &Socket{id: server.socketID(c, ns), ns: ns, client: c, auth: auth, since: server.loop.Now().UnixNano()}
	c.sockets = append(c.sockets, s)
	ns.entered()
	if ask {
		s.enqueue(&Event{socket: s, kind: anAdmission})
		return
	}
	s.proceed()
}

// proceed asks the middleware, if there is any.
func (s *Socket) proceed() {
	if len(s.ns.handlers.Load().middleware) > 0 {
		s.ns.roster.await(s)
		s.enqueue(&Event{socket: s, kind: aConnect})
		return
	}
	s.accept()
}

// socketID makes an id: of its own in protocol 5, since the session's is a
// secret; from the session's in protocol 4.
func (s *Server) socketID(c *client, ns *Namespace) string {
	if c.session.Revision() != eio.V3 {
		var random [12]byte
		_, _ = rand.Read(random[:]) // never fails: it ends the program instead
		return string(s.key.Append(make([]byte, 0, sid.Len), sid.SocketIO, s.options.Home, random))
	}
	if ns.name == rootName {
		return c.session.ID()
	}
	return ns.name + "#" + c.session.ID()
}

// accept makes the socket a member of its namespace and tells the client.
func (s *Socket) accept() {
	c, server := s.client, s.ns.server
	s.ns.roster.decided(s)
	s.ns.roster.add(s)
	s.phase.Store(connected)
	server.counters.connected.Add(1)
	server.counters.sockets.Add(1)
	if !c.joined {
		c.joined = true
		server.loop.Disarm(&c.timer)
	}
	for _, name := range s.early {
		s.enter(name)
	}
	s.early = nil
	if server.spectator != nil {
		s.seen(Sighting{Sight: SightConnected})
	}
	if len(s.ns.handlers.Load().connection) > 0 {
		s.enqueue(&Event{socket: s, kind: aConnection}) // first: what is sent may be the client's end
	}
	p := sio.Packet{Type: sio.Connect, Namespace: s.ns.name}
	if c.session.Revision() != eio.V3 {
		p.Data = append(appendString([]byte(`{"sid":`), s.id), '}')
	}
	c.session.Send(frame(p))
}

// object is the body of a CONNECT_ERROR.
type object struct {
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// invalid refuses a CONNECT to a namespace that there is not.
func (c *client) invalid(namespace string) {
	c.server.counters.refused.Add(1)
	c.refuse(namespace, object{Message: refusedNamespace})
}

// refuse answers a CONNECT with an error.
func (c *client) refuse(namespace string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		c.server.logger.Error("data of a connect error cannot be encoded", c.who(), "namespace", namespace, "error", err)
		data, _ = json.Marshal(object{Message: refusedPanic}) // a struct of strings has a JSON
	}
	if c.server.spectator != nil {
		c.seenRefused(namespace, body)
	}
	c.session.Send(frame(sio.Packet{Type: sio.ConnectError, Namespace: namespace, Data: data}))
}

// refusal is what a client of that revision is told of an error.
func refusal(err error, rev eio.Revision) any {
	o := object{Message: err.Error()}
	var ce *ConnectError
	if errors.As(err, &ce) {
		o = object{Message: ce.Message, Data: ce.Data}
	}
	switch {
	case rev != eio.V3:
		return o
	case o.Data != nil:
		return o.Data
	}
	return o.Message
}

// verdict is the middleware's, on its way to the loop.
type verdict struct {
	socket *Socket
	err    error
}

// authorize asks the middleware. On a runner.
func (s *Socket) authorize() {
	v := &verdict{socket: s, err: s.askMiddleware()}
	_ = s.ns.server.enqueue(context.Background(), v) // fails only where the loop has ended, and the client with it
}

func (s *Socket) askMiddleware() (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.panicked("middleware", "", p)
			err = errors.New(refusedPanic)
		}
	}()
	for _, f := range s.ns.handlers.Load().middleware {
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}

// Run carries the verdict out. The client may have gone meanwhile.
func (v *verdict) Run() {
	s := v.socket
	if s.phase.Load() != connecting {
		return
	}
	c := s.client
	switch {
	case c.over: // its session is about to close
		s.end("")
		return
	case v.err == nil:
		s.accept()
		return
	}
	s.end("")
	c.server.counters.refused.Add(1)
	c.refuse(s.ns.name, refusal(v.err, c.session.Revision()))
}
