package socketio

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
)

// ParentNamespace makes namespaces as clients ask for them: see
// [Server.OfRegexp] and [Server.OfFunc]. What is registered with it is
// registered with each of its children, those that there are and those to come.
// A child may have handlers of its own besides.
//
// Parents of several servers know nothing of each other. A child exists on the
// workers whose clients or application have asked for it.
type ParentNamespace struct {
	registry
	server  *Server
	pattern *regexp.Regexp
	allow   func(name string, h Handshake) bool
}

// OfRegexp returns a parent of the namespaces whose names, which begin with a
// slash, the expression matches. It matches anywhere in the name unless it says
// otherwise: `^/tenant-\d+$`. [Server.Of] makes children too, of the first
// parent that matches.
func (s *Server) OfRegexp(pattern *regexp.Regexp) *ParentNamespace {
	return s.beget(&ParentNamespace{server: s, pattern: pattern})
}

// OfFunc returns a parent of the namespaces that allow agrees to. It is asked
// when a client wants to join a namespace that there is not, with the client's
// handshake, and not again as long as there is that namespace: who may join is
// for [ParentNamespace.Use] to say. It may block, and holds up this one client's
// join only.
//
// Parents are asked in the order in which they were made; the first that agrees
// has the child. Where none does, the client is told "Invalid namespace".
func (s *Server) OfFunc(allow func(name string, h Handshake) bool) *ParentNamespace {
	return s.beget(&ParentNamespace{server: s, allow: allow})
}

func (s *Server) beget(p *ParentNamespace) *ParentNamespace {
	p.handlers.Store(new(handlers))
	p.heirs = make(map[*Namespace]struct{})
	if s.options.Every != nil {
		s.options.Every(p)
	}
	s.registering.Lock()
	defer s.registering.Unlock()
	all := append(slices.Clone(s.parents()), p)
	s.lineages.Store(&all)
	return p
}

func (p *ParentNamespace) adopt(n *Namespace) {
	p.registering.Lock()
	defer p.registering.Unlock()
	n.handlers.Store(p.handlers.Load())
	p.heirs[n] = struct{}{}
}

func (p *ParentNamespace) disown(n *Namespace) {
	p.registering.Lock()
	defer p.registering.Unlock()
	delete(p.heirs, n)
}

// Namespaces returns the children that there are on this worker, by name.
func (p *ParentNamespace) Namespaces() []*Namespace {
	p.registering.Lock()
	all := make([]*Namespace, 0, len(p.heirs))
	for n := range p.heirs {
		all = append(all, n)
	}
	p.registering.Unlock()
	slices.SortFunc(all, func(a, b *Namespace) int { return cmp.Compare(a.name, b.name) })
	return all
}

// Emit sends an event to every client of every child that there is on this
// worker; those of these children on other workers get it too.
func (p *ParentNamespace) Emit(event string, args ...any) error {
	return p.all().Emit(event, args...)
}

func (p *ParentNamespace) all() ParentBroadcast { return ParentBroadcast{parent: p} }

// To returns a broadcast to these rooms of every child.
func (p *ParentNamespace) To(rooms ...string) ParentBroadcast { return p.all().To(rooms...) }

// In is To.
func (p *ParentNamespace) In(rooms ...string) ParentBroadcast { return p.all().To(rooms...) }

// Except returns a broadcast to all but those in these rooms.
func (p *ParentNamespace) Except(rooms ...string) ParentBroadcast { return p.all().Except(rooms...) }

// Volatile returns a broadcast to all that is lost on those not writable now.
func (p *ParentNamespace) Volatile() ParentBroadcast { return p.all().Volatile() }

// Local returns a broadcast to this worker's clients only.
func (p *ParentNamespace) Local() ParentBroadcast { return p.all().Local() }

// Compress returns a broadcast to all; see [Broadcast.Compress].
func (p *ParentNamespace) Compress(wanted bool) ParentBroadcast { return p.all().Compress(wanted) }

// ParentBroadcast is an emission to the clients of a parent's children; see
// [Broadcast].
type ParentBroadcast struct {
	parent *ParentNamespace
	each   Broadcast // without its namespace
}

// To adds rooms.
func (b ParentBroadcast) To(rooms ...string) ParentBroadcast {
	b.each = b.each.To(rooms...)
	return b
}

// In is To.
func (b ParentBroadcast) In(rooms ...string) ParentBroadcast { return b.To(rooms...) }

// Except adds rooms whose members are left out.
func (b ParentBroadcast) Except(rooms ...string) ParentBroadcast {
	b.each = b.each.Except(rooms...)
	return b
}

// Volatile lets the event be lost on clients that cannot be written to at once.
func (b ParentBroadcast) Volatile() ParentBroadcast {
	b.each = b.each.Volatile()
	return b
}

// Local keeps the event on this worker.
func (b ParentBroadcast) Local() ParentBroadcast {
	b.each = b.each.Local()
	return b
}

// Compress says whether the event is worth compressing; see
// [Broadcast.Compress].
func (b ParentBroadcast) Compress(wanted bool) ParentBroadcast {
	b.each = b.each.Compress(wanted)
	return b
}

// Emit sends an event to one child after another. It goes on where one fails,
// and returns all errors.
func (b ParentBroadcast) Emit(event string, args ...any) error {
	var all []error
	for _, n := range b.parent.Namespaces() {
		to := b.each
		to.ns = n
		if err := to.Emit(event, args...); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}
