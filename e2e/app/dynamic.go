package main

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/ioserver/ioserver/worker/socketio"
)

// dynamic are the namespaces that there are when somebody asks for them:
// "/dynamic-1" by an expression, "/known/…" by a function. They refuse the event
// "forbidden", of which they tell the client by "refused", and acknowledge
// "heard" with the names of all events that came, and all that were sent.
func dynamic(io *socketio.Server, report reporter) {
	for _, parent := range []*socketio.ParentNamespace{
		io.OfRegexp(regexp.MustCompile(`^/dynamic-\d+$`)),
		io.OfFunc(func(name string, _ socketio.Handshake) bool { return strings.HasPrefix(name, "/known/") }),
	} {
		behave(parent, report)
		overhear(parent)
	}
}

func overhear(n socketio.Registrar) {
	var mu sync.Mutex
	in, out := map[string][]string{}, map[string][]string{}
	note := func(of map[string][]string, s *socketio.Socket, name string) {
		mu.Lock()
		defer mu.Unlock()
		of[s.ID()] = append(of[s.ID()], name)
	}
	n.OnAny(func(s *socketio.Socket, e *socketio.Event) { note(in, s, e.Name()) })
	n.OnAnyOutgoing(func(s *socketio.Socket, o *socketio.Outgoing) { note(out, s, o.Name()) })
	n.UseEvent(func(_ *socketio.Socket, e *socketio.Event) error {
		if e.Name() == "forbidden" {
			return errors.New("not in here")
		}
		return nil
	})
	n.OnEventError(func(s *socketio.Socket, _ *socketio.Event, err error) { _ = s.Emit("refused", err.Error()) })
	n.On("forbidden", func(s *socketio.Socket, _ *socketio.Event) { _ = s.Emit("allowed") })
	n.On("heard", func(s *socketio.Socket, e *socketio.Event) {
		mu.Lock()
		defer mu.Unlock()
		_ = e.Ack(in[s.ID()], out[s.ID()])
	})
}
