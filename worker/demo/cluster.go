package demo

import (
	"cmp"
	"slices"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Events between workers. Each names the life of its sender; what a life has
// changed is numbered, and a receiver that misses a number asks for the whole.
const (
	eventChange   = "demo:change"
	eventAnnounce = "demo:announce"
	eventAsk      = "demo:ask"
	eventState    = "demo:state"
)

// sender begins every event.
type sender struct {
	Life     int64  `json:"life"`
	PID      int    `json:"pid"`
	Revision uint64 `json:"revision"`
}

// change is the one step to its revision.
type change struct {
	sender
	Put  *person  `json:"put,omitempty"`
	Gone string   `json:"gone,omitempty"`
	Said *message `json:"said,omitempty"`
}

// announcement says that a worker lives, and how far it is.
type announcement struct {
	sender
	Clients int `json:"clients"`
}

// question asks one worker, or all, for its state.
type question struct {
	sender
	Of *home `json:"of,omitempty"`
}

// state is a worker's people, and messages; it comes in pieces, of which only
// the last has the people.
type state struct {
	sender
	Messages []*message `json:"messages"`
	People   []*person  `json:"people"`
	Last     bool       `json:"last"`
}

// listen registers what the other workers say.
func (d *Demo) listen() {
	d.ns.OnServerSide(eventChange, hear(d, d.onChange))
	d.ns.OnServerSide(eventAnnounce, hear(d, d.onAnnounce))
	d.ns.OnServerSide(eventAsk, hear(d, d.onAsk))
	d.ns.OnServerSide(eventState, hear(d, d.onState))
}

func hear[T any](d *Demo, f func(home, *T)) func(*socketio.ServerEvent) {
	return func(e *socketio.ServerEvent) {
		v := new(T)
		if err := e.Decode(v); err != nil {
			d.logger.Warn("demo: another worker's event cannot be read", "event", e.Name(), "error", err)
			return
		}
		from := e.From()
		d.mu.Lock()
		defer d.mu.Unlock()
		if !d.closed {
			f(home{Node: from.Node, Slot: int(from.Slot)}, v)
		}
	}
}

// tell sends to the other workers. What gets lost is noticed by its number.
func (d *Demo) tell(event string, v any) {
	if err := d.ns.ServerSideEmit(event, v); err != nil {
		d.logger.Debug("demo: telling the other workers", "event", event, "error", err)
	}
}

func (d *Demo) sender() sender {
	return sender{Life: d.self.life, PID: d.self.pid, Revision: d.self.revision}
}

// step makes the next change of this worker's known.
func (d *Demo) step(c change) {
	c.sender = d.sender()
	d.tell(eventChange, c)
}

func (d *Demo) onChange(h home, c *change) {
	if c.Said != nil {
		d.keep(c.Said)
	}
	p := d.met(h, c.Life, c.PID)
	switch {
	case p == nil || p.whole && c.Revision <= p.revision:
		return
	case !p.whole || c.Revision != p.revision+1:
		p.whole = false
		d.askOne(p)
		return
	}
	p.revision = c.Revision
	if c.Put != nil {
		d.put(p, c.Put)
	}
	if c.Gone != "" {
		d.remove(p, c.Gone)
	}
}

func (d *Demo) onAnnounce(h home, a *announcement) {
	p := d.met(h, a.Life, a.PID)
	if p == nil {
		return
	}
	p.clients = a.Clients
	if !p.whole || p.revision != a.Revision {
		p.whole = false
		d.askOne(p)
	}
}

// askOne asks for the whole of one worker, not too often.
func (d *Demo) askOne(p *peer) {
	now := d.now()
	if now.Sub(p.asked) < askAgain {
		return
	}
	p.asked = now
	d.tell(eventAsk, question{sender: d.sender(), Of: &p.home})
}

func (d *Demo) onAsk(h home, q *question) {
	p := d.met(h, q.Life, q.PID)
	if p == nil || q.Of != nil && *q.Of != d.self.home {
		return
	}
	p.whole = p.whole || q.Revision == 0 // nothing has happened there yet
	d.asked = true
	if q.Of == nil {
		d.newcomers[h] = struct{}{}
	}
	d.nudge()
}

// answer tells all, once for all who asked meanwhile. Those who know it already
// lose nothing by it.
func (d *Demo) answer() {
	if !d.asked {
		return
	}
	messages := d.told()
	d.asked = false
	clear(d.newcomers)
	for len(messages) > stateMessages {
		d.tell(eventState, state{sender: d.sender(), Messages: messages[:stateMessages]})
		messages = messages[stateMessages:]
	}
	people := make([]*person, 0, len(d.self.people))
	for _, x := range d.self.people {
		people = append(people, x)
	}
	d.tell(eventState, state{sender: d.sender(), Messages: messages, People: people, Last: true})
}

// told are the messages that this worker answers with: its own, of which
// nobody knows as surely; and where it is a keeper those of lives that have
// ended.
func (d *Demo) told() []*message {
	living := make(map[string]bool, len(d.peers))
	rank := 0
	for h, p := range d.peers {
		living[p.name()] = true
		if _, empty := d.newcomers[h]; h.before(d.self.home) && !empty {
			rank++
		}
	}
	var out []*message
	for _, r := range d.rooms {
		for _, m := range r.messages {
			life, _ := m.origin()
			if life == d.self.name() || !living[life] && rank < keepers {
				out = append(out, m)
			}
		}
	}
	// In order, so that no client sees the past arrive backwards.
	slices.SortFunc(out, func(a, b *message) int { return cmp.Or(a.order(b), cmp.Compare(a.Room, b.Room)) })
	return out
}

func (d *Demo) onState(h home, s *state) {
	for _, m := range s.Messages {
		d.keep(m)
	}
	d.quiet.Reset(settleQuiet)
	p := d.met(h, s.Life, s.PID)
	if p == nil || !s.Last || p.whole && s.Revision <= p.revision {
		return
	}
	present := make(map[string]bool, len(s.People))
	for _, x := range s.People {
		present[x.ID] = true
		if old := p.people[x.ID]; old == nil || *old != *x {
			d.put(p, x)
		}
	}
	for id := range p.people {
		if !present[id] {
			d.remove(p, id)
		}
	}
	p.revision, p.whole = s.Revision, true
}

// announce says that this worker lives, and forgets those that have not.
func (d *Demo) announce() {
	d.tell(eventAnnounce, announcement{sender: d.sender(), Clients: d.self.clients})
	now := d.now()
	for _, p := range d.peers {
		if p != d.self && now.Sub(p.heard) > peerSilence {
			d.drop(p)
		}
	}
}
