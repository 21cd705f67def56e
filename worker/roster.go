package worker

import (
	"os"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
)

// locator says which worker made the id of a session: of this node, or of one
// that is there.
type locator interface {
	Home(d sid.Domain, id string) (sid.Home, bool)
	Life(h sid.Home) uint64 // of the worker that is heard there; 0: nobody is
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
	w.roster.OnMember(w.member)
	w.roster.OnTaken(w.nodeTaken)
	return nil
}

// member hears who comes and goes, in order; see [roster.Roster.OnMember] for
// what it must not do.
func (w *worker) member(m roster.Member, alive bool) {
	w.nodes.told(m, alive)
	w.relay.bus.member(station{m.Home(), m.Life}, alive)
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
