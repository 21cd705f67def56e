package roster

import "github.com/ioserver/ioserver/protocol/sid"

// view is what Home and Life look at: made anew whenever a member comes or goes.
type view struct {
	nodes  map[uint16][]*node // of one number mostly one; this worker's own first
	others int                // members
}

type node struct {
	boot  uint64
	key   *sid.Key
	lives [256]uint64 // by slot; 0: nobody is heard there
}

func (r *Roster) publishView() {
	v := &view{nodes: make(map[uint16][]*node), others: len(r.members)}
	v.add(r.o.Self, r.view.Load())
	for _, p := range r.members {
		v.add(p.Member, r.view.Load())
	}
	r.view.Store(v)
}

// add takes the key over from the view before: a key schedule is not worth much,
// but its scratch buffers are.
func (v *view) add(m Member, before *view) {
	n := v.find(m.Node)
	if n == nil {
		n = &node{boot: m.Boot}
		if old := before.find(m.Node); old != nil {
			n.key = old.key
		} else {
			n.key = sid.NewKey(m.Key)
		}
		v.nodes[m.ID] = append(v.nodes[m.ID], n)
	}
	n.lives[m.Slot] = m.Life
}

func (v *view) find(want Node) *node {
	if v == nil {
		return nil
	}
	for _, n := range v.nodes[want.ID] {
		if n.boot == want.Boot {
			return n
		}
	}
	return nil
}

// home returns the node that made an id, too.
func (v *view) home(d sid.Domain, id string) (sid.Home, *node, bool) {
	claimed, ok := sid.Claim(id)
	if !ok {
		return sid.Home{}, nil, false
	}
	for _, n := range v.nodes[claimed.Node] {
		if home, ok := n.key.Home(d, id); ok {
			return home, n, true
		}
	}
	return sid.Home{}, nil, false
}

// incarnation is that of the worker that is heard in a node's slot.
func (n *node) incarnation(slot uint8) uint64 {
	if n.lives[slot] == 0 {
		return 0
	}
	return Incarnation(n.boot, n.lives[slot])
}

func (v *view) alive(h sid.Home, incarnation uint64) bool {
	for _, n := range v.nodes[h.Node] {
		if incarnation != 0 && n.incarnation(h.Slot) == incarnation {
			return true
		}
	}
	return false
}

func (v *view) life(h sid.Home) uint64 {
	for _, n := range v.nodes[h.Node] {
		if life := n.lives[h.Slot]; life != 0 {
			return life
		}
	}
	return 0
}
