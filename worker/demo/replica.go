package demo

import (
	"fmt"
	"time"
)

// home is a worker: a machine of the cluster and a slot on it.
type home struct {
	Node uint16 `json:"node"`
	Slot int    `json:"slot"`
}

func (h home) before(o home) bool {
	return h.Node < o.Node || h.Node == o.Node && h.Slot < o.Slot
}

// person is somebody present, as it travels to workers and clients.
type person struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Room      string `json:"room"`
	Node      uint16 `json:"node"`
	Slot      int    `json:"slot"`
	PID       int    `json:"pid"`
	Transport string `json:"transport"`
}

// peer is a worker as this one knows it; this one is a peer too.
type peer struct {
	home     home
	life     int64 // when it began: milliseconds of Unix time
	pid      int
	revision uint64 // the number of the last change that is in people
	whole    bool   // nothing is missing up to revision
	clients  int
	people   map[string]*person
	heard    time.Time
	asked    time.Time
}

func newPeer(h home, life int64, pid int) *peer {
	return &peer{home: h, life: life, pid: pid, people: make(map[string]*person)}
}

// name is what ids begin with.
func (p *peer) name() string { return fmt.Sprintf("%d.%d.%d", p.home.Node, p.home.Slot, p.life) }

// met returns the worker that an event is from, as of that life. It is nil for
// an event of a life that another has followed.
func (d *Demo) met(h home, life int64, pid int) *peer {
	p := d.peers[h]
	if p != nil && life < p.life || h == d.self.home {
		return nil
	}
	if p == nil || life > p.life {
		if p != nil {
			d.drop(p)
		}
		p = newPeer(h, life, pid)
		d.peers[h] = p
		d.stir() // the picture has a new process
	}
	p.heard = d.now()
	return p
}

// drop forgets a worker and who was there.
func (d *Demo) drop(p *peer) {
	for _, x := range p.people {
		d.remove(p, x.ID)
	}
	delete(d.peers, p.home)
}

// put adds or changes a person of a worker's.
func (d *Demo) put(p *peer, x *person) {
	old := p.people[x.ID]
	if old != nil && old.Room != x.Room {
		d.leaveRoom(old.Room)
	}
	if old == nil || old.Room != x.Room {
		r := d.openRoom(x.Room, true)
		r.people++
		r.latest = max(r.latest, d.now().UnixMilli())
	}
	if old == nil {
		d.present++
	}
	p.people[x.ID] = x
	d.changed[x.ID] = x
	d.stir()
}

// remove takes a person of a worker's away.
func (d *Demo) remove(p *peer, id string) {
	x := p.people[id]
	if x == nil {
		return
	}
	delete(p.people, id)
	d.present--
	d.leaveRoom(x.Room)
	d.changed[id] = nil
	d.stir()
}

func (d *Demo) leaveRoom(name string) {
	if r := d.rooms[name]; r != nil {
		r.people--
		if r.people == 0 && len(r.messages) == 0 {
			delete(d.rooms, name)
		}
	}
}

// everybody is who is present in the cluster.
func (d *Demo) everybody() []*person {
	all := make([]*person, 0, d.present)
	for _, p := range d.peers {
		for _, x := range p.people {
			all = append(all, x)
		}
	}
	return all
}
