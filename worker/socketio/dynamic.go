package socketio

import (
	"context"
	"errors"
)

// Namespaces that a parent makes are kept apart from those that the application
// names: there may be many of them, and they come and go with clients.

// lineage is what the loop knows of a namespace's life.
type lineage struct {
	sockets int // connecting or connected
	retired bool
}

// errTooManyDynamic is what the client is told.
var errTooManyDynamic = errors.New("too many dynamic namespaces")

// match returns the parent of a namespace that there is not yet, as far as
// regular expressions decide: ask reports that a function comes first.
func (s *Server) match(name string) (p *ParentNamespace, ask bool) {
	if len(name) > s.limits.NamespaceNameBytes {
		return nil, false
	}
	for _, p := range s.parents() {
		switch {
		case p.allow != nil:
			return nil, true
		case p.pattern.MatchString(name):
			return p, false
		}
	}
	return nil, false
}

// parents are in the order in which they were made.
func (s *Server) parents() []*ParentNamespace {
	if all := s.lineages.Load(); all != nil {
		return *all
	}
	return nil
}

// child returns the namespace of that name, and has the parent make it where
// there is none. Clients' wishes are bounded by Limits.
func (s *Server) child(p *ParentNamespace, name string) (*Namespace, error) {
	s.registering.Lock()
	defer s.registering.Unlock()
	if n := s.namespace(name); n != nil {
		return n, nil
	}
	if s.counters.dynamicNamespaces.Load() >= int64(s.limits.DynamicNamespaces) {
		s.counters.dynamicOverflows.Add(1)
		return nil, errTooManyDynamic
	}
	return s.bear(p, name), nil
}

// bear makes a child. registering is held.
func (s *Server) bear(p *ParentNamespace, name string) *Namespace {
	n := &Namespace{name: name, server: s, parent: p, roster: newRoster()}
	p.adopt(n)
	s.dynamic.Store(name, n)
	s.counters.dynamicNamespaces.Add(1)
	return n
}

// entered counts a socket that is about to join. Loop only.
func (n *Namespace) entered() { n.lineage.sockets++ }

// left counts one that is gone. With the last one a namespace that a parent has
// made goes too, where that is wanted. Loop only.
func (n *Namespace) left() {
	l := &n.lineage
	if l.sockets--; l.sockets > 0 || n.parent == nil || l.retired || !n.server.options.CleanupEmptyNamespaces {
		return
	}
	s := n.server
	s.registering.Lock()
	defer s.registering.Unlock()
	l.retired = true
	if s.dynamic.CompareAndDelete(n.name, n) {
		s.counters.dynamicNamespaces.Add(-1)
	}
	n.parent.disown(n)
}

// current is the namespace itself or, where it was cleaned up, the one of that
// name that there may be since. Loop only.
func (n *Namespace) current() *Namespace {
	if n.lineage.retired {
		if successor := n.server.namespace(n.name); successor != nil {
			return successor
		}
	}
	return n
}

// admission is what parents have said, on its way to the loop.
type admission struct {
	socket *Socket
	parent *ParentNamespace // nil: none wants the namespace
}

// askParents asks all parents in their order for one of the socket's namespace.
// On a runner.
func (s *Socket) askParents() {
	a := &admission{socket: s}
	name, handshake := s.ns.name, s.Handshake()
	for _, p := range s.ns.server.parents() {
		if p.pattern != nil && p.pattern.MatchString(name) || p.allow != nil && s.askParent(p, handshake) {
			a.parent = p
			break
		}
	}
	_ = s.ns.server.enqueue(context.Background(), a) // fails only where the loop has ended, and the client with it
}

func (s *Socket) askParent(p *ParentNamespace, h Handshake) (allowed bool) {
	defer func() {
		if v := recover(); v != nil {
			s.panicked("OfFunc", "", v)
			allowed = false
		}
	}()
	return p.allow(s.ns.name, h)
}

// Run goes on with what the client asked for. It may have gone meanwhile.
func (a *admission) Run() {
	s := a.socket
	if s.phase.Load() != connecting {
		return
	}
	c, name := s.client, s.ns.name
	if c.over { // its session is about to close
		s.end("")
		return
	}
	if a.parent == nil {
		s.end("")
		c.invalid(name)
		return
	}
	ns, err := c.server.child(a.parent, name)
	if err != nil {
		s.end("")
		c.refuse(name, object{Message: err.Error()})
		return
	}
	s.ns.left() // the provisional one
	s.ns = ns
	ns.entered()
	s.proceed()
}
