package feed

import (
	"slices"
	"time"
)

// Bounds of what is remembered of others.
const (
	maxPeers   = 4096
	maxRetired = 4         // earlier lives of one home
	maxAway    = 256       // peers that are not heard any more
	awayAge    = time.Hour // and how long they are: what they say when they are back is pulled from where they left
)

// peer finds or makes the peer of an origin; from is where a new one begins. nil:
// the frame is of no use.
func (x *inbox) peer(o Origin, from uint64) *peer {
	home := o.home()
	if x.closed {
		return nil
	}
	p := x.peers[home]
	if p == nil || p.origin != o {
		if p = x.meet(o, home, p, from); p == nil {
			return nil
		}
	}
	x.hear(p)
	return p
}

// hear takes note of a sign of life, of one that had been given up too: then the
// question is what was missed.
func (x *inbox) hear(p *peer) {
	p.silent, p.heard = 0, x.clock.now()
	if p.alive {
		return
	}
	p.alive = true
	x.tell(p)
	if p.behind {
		p.progress = p.heard
		x.ask(p)
		return
	}
	x.fallBehind(p, p.pos)
}

// meet makes a peer, in the place of the home's earlier life.
func (x *inbox) meet(o Origin, home stream, old *peer, from uint64) *peer {
	if slices.Contains(x.retired[home], o.Life) {
		return x.readmit(o, home, old)
	}
	if home == x.o.Origin.home() { // our own, an earlier life's, or a usurper's
		x.stats.Stale++
		return nil
	}
	if old != nil {
		x.displace(old)
	} else if len(x.peers) >= maxPeers {
		x.stats.Stale++
		return nil
	}
	p := &peer{origin: o, alive: true, seen: from, pos: from, verified: from, mark: x.marks}
	x.peers[home] = p
	x.tell(p)
	return p
}

// displace retires a life that another one follows. It may yet be seen that
// this was no successor, but a worker of another machine that had the same
// number for a while.
func (x *inbox) displace(p *peer) {
	x.retire(p)
	if len(x.displaced) > maxPeers {
		clear(x.displaced)
	}
	x.displaced[p.origin.home()] = p
}

// readmit takes a displaced life back that speaks when the one in its place does
// not any more. What it said meanwhile is asked for. nil: the frame is of no use.
func (x *inbox) readmit(o Origin, home stream, present *peer) *peer {
	p := x.displaced[home]
	if p == nil || p.origin != o || present != nil && present.alive {
		x.stats.Stale++
		return nil
	}
	delete(x.displaced, home)
	if present != nil {
		x.displace(present)
	}
	x.retired[home] = slices.DeleteFunc(x.retired[home], func(life uint64) bool { return life == o.Life })
	x.peers[home] = p
	return p
}

// retire forgets a life for good.
func (x *inbox) retire(p *peer) {
	home := p.origin.home()
	x.die(p)
	x.forget(p)
	lives := append(x.retired[home], p.origin.Life)
	if len(lives) > maxRetired {
		lives = lives[len(lives)-maxRetired:]
	}
	if len(x.retired) > maxPeers { // more homes than a cluster has: somebody makes them up
		clear(x.retired)
	}
	x.retired[home] = lives
}

// tell queues a peer whose state has changed.
func (x *inbox) tell(p *peer) {
	if !p.queued {
		p.queued = true
		x.queue.add(item{peer: p})
	}
}

// tick counts the silence of the others, once a beat.
func (x *inbox) tick() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.connected {
		return // it is we who hear nothing
	}
	away, oldest := 0, (*peer)(nil)
	for _, p := range x.peers {
		p.silent++
		switch age := x.clock.now().Sub(p.heard); {
		case p.alive && p.silent > x.o.DeadBeats:
			x.die(p)
		case p.alive:
		case age > awayAge:
			x.forget(p)
		default:
			if age > x.o.RingAge {
				x.abandon(p)
			}
			if away++; oldest == nil || p.heard.Before(oldest.heard) {
				oldest = p
			}
		}
	}
	if away > maxAway { // the next with the next beat
		x.forget(oldest)
	}
	x.askWaiting()
}

// die gives up a peer that is silent; it may come back, and then what it was
// behind with is asked for again.
func (x *inbox) die(p *peer) {
	x.unask(p)
	p.waiting = false
	if p.alive {
		p.alive = false
		x.tell(p)
	}
}

// snapshot lists the peers.
func (x *inbox) snapshot() []Peer {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := make([]Peer, 0, len(x.peers))
	for _, p := range x.peers {
		all = append(all, Peer{Origin: p.origin, Alive: p.alive, Heard: p.heard, Behind: p.behind})
	}
	return all
}

// forget drops a peer that is not alive.
func (x *inbox) forget(p *peer) {
	if p.behind && p.seen > p.pos {
		x.lose(p, p.lost+1, "its worker is gone")
	}
	delete(x.peers, p.origin.home())
}

// abandon gives up what a peer that is away is behind with: no ring holds it any
// more. What the peer has said since, it may yet hold when it is back.
func (x *inbox) abandon(p *peer) {
	if !p.behind {
		return
	}
	if p.seen > p.pos {
		x.lose(p, p.lost+1, "its worker is gone")
	}
	p.behind, p.known = false, false
	p.verify(p.seen, x.marks)
}

// left reports whether the worker at a home has said goodbye, and no other has
// come.
func (x *inbox) left(home stream) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.peers[home] == nil && len(x.retired[home]) > 0
}
