package feed

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// Other is a live worker of the cluster and the server that it is connected to.
type Other struct {
	Node   uint16
	Slot   uint8
	Server string // its broker's ServerID; "": none that is known, which a Join does not wait for
}

func (o Other) home() stream { return homeStream(o.Node, o.Slot) }

// confirms lets Joins wait until the servers of all other workers know of the
// subscriptions that were made before.
//
// This worker's own server answers for itself only: to the servers that it
// routes to it passes a subscription on, and says nothing of their having
// processed it. So a worker on each of them is sent a question. The question
// goes where the subscription went, and behind it: on this worker's connection,
// through its server, and from there on one route, because nats-server keeps
// everything of an account, interest and messages alike, on one connection of a
// pool of routes (or on the account's own), in both directions, and the other
// end handles what it reads there in order. A worker that has the question is
// thus served by a server that knows of the subscription. What the answer says,
// and not the way it takes, is what counts.
//
// After a connection anew the subscriptions and the question take another way,
// so only answers of one Generation count. What is published meanwhile, the
// feed asks for again in any case.
//
// One round of questions serves all Joins that wait; those that come during a
// round wait for the next.
//
// A server of which no word comes for Options.JoinPatience holds nobody up any
// more: later rounds ask there as well and do not wait, until a word comes. Who
// is behind it is dead, or cut off, or hangs; what such a worker publishes is
// asked for when it is back.
type confirms struct {
	b        broker.Broker
	o        Options
	subjects *subjects
	left     func(home stream) bool // its worker has said goodbye
	wanted   chan struct{}          // somebody waits for a round
	news     chan struct{}          // an answer has come
	done     chan struct{}
	closing  sync.Once

	mu    sync.Mutex
	next  chan struct{}     // closed at the end of the next round; nil: nobody waits for one
	id    uint32            // of the questions whose answers count
	asked map[stream]string // whom, and on which server it was thought to be
	owed  map[stream]string // those of the last questions that have not been answered
	known map[string]bool   // servers of which there is word
	moved map[stream]string // where workers are that were thought to be elsewhere
	tries map[stream]int    // questions since a worker's last word
	mute  map[string]bool   // servers that were given up and have not spoken since

	questions, unconfirmed atomic.Uint64
}

func newConfirms(b broker.Broker, o Options, s *subjects, left func(stream) bool) *confirms {
	return &confirms{
		b: b, o: o, subjects: s, left: left, tries: make(map[stream]int), mute: make(map[string]bool),
		wanted: make(chan struct{}, 1), news: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// await returns when every server that another worker is connected to knows of
// the subscriptions made so far. It asks nobody where there is one server.
func (c *confirms) await(ctx context.Context) error {
	if c.o.Others == nil || len(c.elsewhere(nil, nil)) == 0 {
		return nil
	}
	c.mu.Lock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	over := c.next
	c.mu.Unlock()
	signal(c.wanted)
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return ErrClosed
	}
}

// run leads one round after the other, until close.
func (c *confirms) run() {
	for {
		select {
		case <-c.done:
			return
		case <-c.wanted:
		}
		c.mu.Lock()
		over := c.next
		c.next = nil
		c.mu.Unlock()
		if over == nil {
			continue
		}
		if !c.round() {
			return
		}
		close(over)
	}
}

// round asks until each server is known, or is nobody's any more, or mute;
// false: closed.
func (c *confirms) round() bool {
	generation, since := c.begin(), time.Now()
	for {
		if g := c.b.Generation(); g != generation || c.b.ServerID() == "" {
			generation, since = c.begin(), time.Now()
		}
		unknown := c.unknown()
		left := c.o.JoinPatience - time.Since(since)
		if left <= 0 {
			c.giveUp(unknown)
		}
		if !c.ask(unknown) {
			c.unconfirmed.Add(uint64(len(unknown)))
			c.end()
			return true
		}
		if !c.listen(min(left, c.o.AskPause)) {
			return false
		}
	}
}

// begin makes answers to earlier questions worthless.
func (c *confirms) begin() (generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.id++; c.id == 0 {
		c.id = 1
	}
	c.asked, c.owed, c.moved = make(map[stream]string), make(map[stream]string), make(map[stream]string)
	c.known = make(map[string]bool)
	c.prune()
	return c.b.Generation()
}

// prune forgets what was remembered of workers and servers that are not there.
func (c *confirms) prune() {
	servers, homes := make(map[string]bool), make(map[stream]bool)
	for _, o := range c.o.Others() {
		servers[o.Server], homes[o.home()] = true, true
	}
	maps.DeleteFunc(c.mute, func(server string, _ bool) bool { return !servers[server] })
	maps.DeleteFunc(c.tries, func(home stream, _ int) bool { return !homes[home] })
}

func (c *confirms) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.owed, c.moved, c.known = nil, nil, nil, nil
}

// unknown are the servers of which there is no word yet, with their workers.
func (c *confirms) unknown() map[string][]Other {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elsewhere(c.moved, c.known)
}

// elsewhere are the servers of other workers that are neither this worker's own
// nor known. Workers are where they are listed, or have moved to.
func (c *confirms) elsewhere(moved map[stream]string, known map[string]bool) (servers map[string][]Other) {
	own, self := c.b.ServerID(), c.o.Origin.home()
	for _, o := range c.o.Others() {
		if at, ok := moved[o.home()]; ok {
			o.Server = at
		}
		if o.Server == "" || o.Server == own || o.home() == self || known[o.Server] || c.left(o.home()) {
			continue
		}
		if servers == nil {
			servers = make(map[string][]Other)
		}
		servers[o.Server] = append(servers[o.Server], o)
	}
	return servers
}

// ask sends a question to one worker on each server, the one that owes the
// fewest answers. It reports whether any of the servers is worth waiting for.
func (c *confirms) ask(servers map[string][]Other) (waits bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.news: // of earlier questions
	default:
	}
	clear(c.owed)
	frame := appendQuestion(nil, c.o.Origin, question{id: c.id})
	for server, workers := range servers {
		o := slices.MinFunc(workers, func(a, b Other) int { return c.tries[a.home()] - c.tries[b.home()] })
		home := o.home()
		c.tries[home]++
		c.asked[home] = server
		if !c.mute[server] {
			waits = true
			c.owed[home] = server
		}
		if c.b.Publish(c.subjects.home(o.Node, o.Slot), frame) == nil { // otherwise soon again
			c.questions.Add(1)
		}
	}
	return waits
}

// listen returns when all that were asked last have answered, or have had the
// time to; false: closed.
func (c *confirms) listen(pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-c.news:
		return true
	case <-timer.C:
		c.mu.Lock()
		clear(c.moved) // they may have moved once more
		c.mu.Unlock()
		return true
	case <-c.done:
		return false
	}
}

// answered takes another worker's word; false: to no question that counts.
func (c *confirms) answered(o Origin, w word) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	home := o.home()
	if w.life != c.o.Origin.Life {
		return false
	}
	delete(c.tries, home)
	delete(c.mute, w.server)
	server, ok := c.asked[home]
	if !ok || w.id != c.id {
		return false
	}
	if w.server == server {
		c.known[server] = true
		maps.DeleteFunc(c.owed, func(_ stream, s string) bool { return s == server })
	} else {
		// It may have changed its server after the question had come: what it
		// says is where to ask it, not more.
		c.moved[home] = w.server
		delete(c.owed, home)
	}
	if len(c.owed) == 0 {
		signal(c.news)
	}
	return true
}

// answer says to another worker which server this one is connected to.
func (c *confirms) answer(o Origin, q question) {
	server := c.b.ServerID()
	if server == "" || len(server) > maxServer {
		return
	}
	frame := appendWord(nil, c.o.Origin, word{life: o.Life, id: q.id, server: server})
	_ = c.b.Publish(c.subjects.home(o.Node, o.Slot), frame) // lost, it is asked for again
}

// giveUp goes on without the words of servers from now on.
func (c *confirms) giveUp(servers map[string][]Other) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for server, workers := range servers {
		if c.mute[server] {
			continue
		}
		c.mute[server] = true
		c.o.Logger.Warn("rooms are joined without a server's word: messages of its workers may be missed for a moment", "server", server,
			"asked_node", workers[0].Node, "asked_slot", workers[0].Slot, "of_workers", len(workers), "for", c.o.JoinPatience)
	}
}

func (c *confirms) close() { c.closing.Do(func() { close(c.done) }) }

// signal sets a flag that is a channel.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
