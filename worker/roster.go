package worker

import (
	"context"
	"os"
	"time"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
)

// introduceDeadline is how long the others' hearing of a worker may take before it
// serves without it.
const introduceDeadline = time.Second

// locator says which worker made the id of a session: of this node, or of one
// that is there; see [roster.Roster].
type locator interface {
	Find(d sid.Domain, id string) (h sid.Home, incarnation uint64, ok bool) // 0: nobody is heard there
	Alive(h sid.Home, incarnation uint64) bool
}

// newRoster makes the list of who else is there. It hears and speaks once it is
// started, before the worker serves; its end is the bus's.
func (w *worker) newRoster() (err error) {
	host, _ := os.Hostname() // for people only
	self := roster.Node{
		ID: w.hello.Node, Boot: w.hello.Boot, Began: w.hello.Began,
		Key: w.hello.IDKey, Slots: w.hello.Slots, Name: host,
	}
	w.roster, err = roster.New(w.bus, roster.Options{
		Cluster: w.hello.Bus.Cluster,
		Self:    roster.Member{Node: self, Slot: uint8(w.hello.Slot), Life: w.hello.Life, PID: os.Getpid()},
		Counts:  w.counts,
		Server:  w.bus.ServerID,
	})
	if err != nil {
		return err
	}
	w.nodes = newNodeLog(w)
	w.homes = newHomes(w.roster, w.hello.Node, settleTime)
	if !w.hello.Bus.Shared {
		w.homes.close() // there are no others
	}
	w.roster.OnMember(w.member)
	w.roster.OnTaken(w.nodeTaken)
	return nil
}

// introduce has the others know this worker before it serves: its first client's
// next request may reach any of them.
func (w *worker) introduce() {
	if !w.hello.Bus.Shared {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, introduceDeadline)
	defer cancel()
	if err := w.roster.Introduce(ctx); err != nil {
		w.logger.Info("serves before others know of it", "error", err)
	}
}

// member hears who comes and goes, in order; see [roster.Roster.OnMember] for
// what it must not do.
func (w *worker) member(m roster.Member, alive bool) {
	w.nodes.told(m, alive)
	w.outside.member(m, alive)
	if alive {
		w.homes.came()
	}
	w.relay.bus.member(station{m.Home(), m.Incarnation()}, alive)
}

// nodeTaken has the master settle that another node has this one's number.
func (w *worker) nodeTaken(by roster.Node) {
	err := w.control.Send(fdpass.NodeTaken{Node: by.ID, Boot: by.Boot, Host: by.Name})
	if err != nil {
		w.logger.Error("tell the master that another node has this one's number", "number", by.ID, "host", by.Name, "error", err)
	}
}

// peer hears of another worker of this machine. What the others of the cluster
// would find out by its silence they are told.
func (w *worker) peer(m fdpass.Peer) {
	if !m.Up {
		w.roster.Lost(uint8(m.Slot), m.Life)
	}
}

// others are the workers that are there, for the feed's joins.
func (w *worker) others() []feed.Other {
	members := w.roster.Members()
	all := make([]feed.Other, len(members))
	for i, m := range members {
		all[i] = feed.Other{Node: m.ID, Slot: m.Slot, Server: m.Server}
	}
	return all
}
