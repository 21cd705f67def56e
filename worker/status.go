package worker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/metrics"
)

// outlook is what the API tells: of this machine what the scoreboard says, of
// others what the roster has heard.
type outlook struct {
	*metrics.View
	worker *worker
}

var _ api.View = (*outlook)(nil)

// Status implements [api.View].
func (o *outlook) Status() api.Status {
	w := o.worker
	members := w.roster.Members() // the first is this worker
	s := api.Status{
		Version: w.config.Version,
		Node:    w.hello.Node,
		Slot:    w.hello.Slot,
		Bus:     api.Bus{Connected: w.bus.State().Condition == broker.Connected, Server: w.bus.ServerID(), Peers: len(members) - 1},
		Nodes:   nodes(w.hello.Boot, metrics.Workers(w.board), members, time.Now()),
	}
	s.Serving = !slices.ContainsFunc(s.Nodes, func(n api.Node) bool {
		return slices.ContainsFunc(n.Slots, func(s api.Slot) bool { return s.State != api.StateServing })
	})
	return s
}

// counts are what the roster tells others of this worker: the same as its own
// machine reads from the scoreboard.
func (w *worker) counts() roster.Counts {
	row := metrics.StateOf(w.board.Slot(w.hello.Slot), scoreboard.Now())
	return roster.Counts{
		Connections: uint32(row.Connections),
		Polling:     uint32(row.Polling),
		WebSocket:   uint32(row.WebSocket),
		Relayed:     row.Relayed,
		Across:      row.Across,
		Tunnelled:   row.Tunnelled,
	}
}

// nodes are all that are there, by host and then id: our own, which boot names,
// with its workers as the scoreboard has them.
func nodes(boot uint64, own []metrics.WorkerState, members []roster.Present, now time.Time) []api.Node {
	byBoot := make(map[uint64]*api.Node)
	for _, m := range members {
		n := byBoot[m.Boot]
		if n == nil {
			n = nodeOf(m.Node, m.Boot == boot, now)
			byBoot[m.Boot] = n
		}
		n.Slots = append(n.Slots, down(len(n.Slots), int(m.Slot)+1)...) // whatever it says of their number
		n.Slots[m.Slot] = slotOf(m)
	}
	all := make([]api.Node, 0, len(byBoot))
	for _, n := range byBoot {
		if n.Self {
			n.Slots = append(n.Slots, down(len(n.Slots), len(own))...)[:len(own)]
			for i := range n.Slots {
				n.Slots[i] = ownSlot(n.Slots[i], own[i])
			}
		}
		n.Servers = servers(n.Slots)
		all = append(all, *n)
	}
	slices.SortFunc(all, func(a, b api.Node) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Boot, b.Boot))
	})
	return all
}

// nodeOf is a node none of whose workers have been heard.
func nodeOf(n roster.Node, self bool, now time.Time) *api.Node {
	return &api.Node{
		ID: n.ID, Boot: fmt.Sprintf("%016x", n.Boot), Self: self, Host: n.Name,
		Began: n.Began.UTC(), Uptime: max(0, now.Sub(n.Began).Round(time.Millisecond).Seconds()), Slots: down(0, n.Slots),
	}
}

// down are slots of which nothing is heard.
func down(from, to int) (slots []api.Slot) {
	for i := from; i < to; i++ {
		slots = append(slots, api.Slot{Slot: i, State: scoreboard.Down.String()})
	}
	return slots
}

// slotOf is a worker that is heard, which is to serve.
func slotOf(m roster.Present) api.Slot {
	c := m.Counts
	return api.Slot{
		Slot: int(m.Slot), State: api.StateServing, PID: m.PID, Life: m.Life, Connections: int(c.Connections),
		Sessions: api.Sessions{Polling: int(c.Polling), WebSocket: int(c.WebSocket)},
		Relayed:  api.Relayed{Machine: c.Relayed, Cluster: c.Across},
		Tunnels:  c.Tunnelled, Server: m.Server,
	}
}

// ownSlot is a slot of this machine, of which the roster says only what its
// worker's connection to the bus is.
func ownSlot(heard api.Slot, w metrics.WorkerState) api.Slot {
	s := api.Slot{
		Slot: heard.Slot, State: w.State.String(), PID: w.PID, Life: w.Life, Respawns: &w.Respawns, Connections: w.Connections,
		Sessions: api.Sessions{Polling: w.Polling, WebSocket: w.WebSocket},
		Relayed:  api.Relayed{Machine: w.Relayed, Cluster: w.Across},
		Tunnels:  w.Tunnelled,
	}
	if heard.Life == w.Life && w.Joined {
		s.Server = heard.Server
	}
	return s
}

// servers are those that slots are connected to, each once.
func servers(slots []api.Slot) []string {
	all := make([]string, 0, 1)
	for _, s := range slots {
		if s.Server != "" {
			all = append(all, s.Server)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
