package backend

import (
	"sync"

	"github.com/ioserver/ioserver/worker/socketio"
)

// roll is the sockets that the application is owed a disconnect for.
type roll struct {
	mu  sync.Mutex
	ids map[string]*socketio.Socket
}

func (r *roll) add(s *socketio.Socket) {
	r.mu.Lock()
	r.ids[s.ID()] = s
	r.mu.Unlock()
}

// strike takes a socket off, and reports whether it was on: who does it tells.
func (r *roll) strike(id string) (*socketio.Socket, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.ids[id]
	delete(r.ids, id)
	return s, ok
}

// has reports whether a socket is on.
func (r *roll) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.ids[id]
	return ok
}

func (r *roll) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ids)
}
