package api

import (
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

// Status is what GET /api/status says of the cluster, as one worker knows it.
// Counts are at most some seconds old. docs/http-api.md describes it for its users.
type Status struct {
	Version string `json:"version"` // of the worker that answers
	Node    uint16 `json:"node"`    // of the same
	Slot    int    `json:"slot"`    // of the same
	Serving bool   `json:"serving"` // every slot of every node does
	Bus     Bus    `json:"bus"`
	Nodes   []Node `json:"nodes"` // by host, then id
}

// Bus is how the worker that answers hears the others.
type Bus struct {
	Connected bool   `json:"connected"`
	Server    string `json:"server"` // id of the NATS server; "" while there is none
	Peers     int    `json:"peers"`  // other workers that are heard
}

// Node is a machine's ioserver.
type Node struct {
	ID      uint16    `json:"id"`
	Boot    string    `json:"boot"` // 16 hexadecimal digits, others after each start
	Self    bool      `json:"self"` // the worker that answers is one of its
	Host    string    `json:"host"`
	Began   time.Time `json:"began"`   // by the clock of its machine
	Uptime  float64   `json:"uptime"`  // seconds, by the clock of the machine that answers
	Servers []string  `json:"servers"` // ids of the NATS servers that its workers are connected to
	Slots   []Slot    `json:"slots"`   // all that there are to be
}

// Slot is a worker, or where one is missing.
type Slot struct {
	Slot        int      `json:"slot"`
	State       string   `json:"state"`    // down, starting, serving or stalled; of other nodes serving or down
	PID         int      `json:"pid"`      // 0: there is none
	Life        uint64   `json:"life"`     // grows with each worker of the slot
	Respawns    *uint64  `json:"respawns"` // null for other nodes' slots
	Connections int      `json:"connections"`
	Sessions    Sessions `json:"sessions"`
	Relayed     Relayed  `json:"relayed"`
	Tunnels     uint64   `json:"tunnels"` // connections carried for sessions of other nodes, since the node began
	Server      string   `json:"server"`  // id of the NATS server that it is connected to; "" for none
}

// Sessions are a worker's, by transport.
type Sessions struct {
	Polling   int `json:"polling"`
	WebSocket int `json:"websocket"`
}

// Relayed counts requests that were passed on to the worker of their session,
// since the node began.
type Relayed struct {
	Machine uint64 `json:"machine"` // to one of the same node
	Cluster uint64 `json:"cluster"` // to one of another
}

// StateServing is the state of a slot as it should be.
const StateServing = "serving"

// status is GET /api/status.
func (s *Server) status(ctx *fasthttp.RequestCtx) {
	for name := range ctx.QueryArgs().All() {
		s.refuse(ctx, bad("unknown_parameter", "parameter %s is unknown: %s takes none", contract.Show(name), ctx.Path()), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	answerJSON(ctx, encode(s.view.Status()))
}
