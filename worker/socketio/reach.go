package socketio

import (
	"strings"
	"unicode/utf8"

	"github.com/ioserver/ioserver/broker/feed"
)

// wanter is an Adapter that knows which rooms this server may have members of.
type wanter interface {
	// Wants is false where nobody here wants the room.
	Wants(namespace, room string) bool
}

// Wants reports whether a room of the same bucket is wanted.
func (a *feedAdapter) Wants(namespace, room string) bool {
	return a.interest.wanted(feed.BucketOf(namespace, room))
}

func (i *interest) wanted(n uint16) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.buckets[n]
	return b != nil && b.wants > 0
}

// MayReach reports false where certainly nobody of this worker is in one of the
// broadcast's rooms: to do it on this worker would do nothing. It does not ask
// the loop.
func (b Broadcast) MayReach() bool {
	s := b.ns.server
	if len(b.rooms) == 0 || b.self || s.adapter.bus == nil {
		return true
	}
	for _, name := range b.rooms {
		if home, ok := isID(s.homes, b.ns.name, name); ok {
			if home == s.options.Home {
				return true
			}
			continue
		}
		if w, ok := s.adapter.bus.(wanter); !ok || w.Wants(b.ns.name, name) {
			return true
		}
	}
	return false
}

// Check encodes what Emit would send, and tells what is wrong with it.
func (b Broadcast) Check(event string, args ...any) error {
	_, err := encodeEvent(header{namespace: b.ns.name}, event, args)
	return err
}

// Reach returns the namespace of that name, as Lookup does, and where there is
// none on this worker, but other workers may have made one at the wish of a
// client, a handle through which their sockets are reached. nil: no client can
// have had one made.
func (s *Server) Reach(name string) *Namespace {
	name = slashed(name)
	if n := s.namespace(name); n != nil {
		return n
	}
	if p, ask := s.match(name); p == nil && !ask || strings.Contains(name, ",") || !utf8.ValidString(name) {
		return nil // no client can say a name with a comma: others would take it for another
	}
	n := newNamespace(s, name)
	n.lineage.retired = true // whoever makes one here succeeds it
	return n
}
