package metrics

import (
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker/engineio"
)

// WorkerState is what a worker's row says of it, to anybody. It is as old as the
// worker's last record.
type WorkerState struct {
	State              scoreboard.State
	PID                int // 0: there is none
	Life               uint64
	Respawns           uint64
	Connections        int
	Polling, WebSocket int    // sessions
	Relayed            uint64 // requests passed on to other workers of the machine; counts are of all workers of the slot
	Across             uint64 // to workers of other machines
	Tunnelled          uint64 // connections carried for sessions of other machines
	Joined             bool   // connected to the bus
}

// Serving tells whether the worker serves.
func (w WorkerState) Serving() bool { return w.State == scoreboard.Serving }

// Sessions are those of both transports.
func (w WorkerState) Sessions() int { return w.Polling + w.WebSocket }

var (
	connections = named("connections")
	sessions    = named("sessions")
	relayed     = named("relays_asked_total")
	tunnelled   = named("tunnels_total")
)

// Workers are those of a board, by slot.
func Workers(board *scoreboard.Board) []WorkerState {
	all, now := make([]WorkerState, board.Slots()), scoreboard.Now()
	for i := range all {
		all[i] = StateOf(board.Slot(i), now)
	}
	return all
}

// StateOf is the one of a row, at a time of scoreboard.Now.
func StateOf(row *scoreboard.Row, now int64) WorkerState {
	return WorkerState{
		State:       condition(row, now),
		PID:         int(row.PID.Load()),
		Life:        row.Life.Load(),
		Respawns:    row.Respawns.Load(),
		Connections: int(connections.sum(row, "")),
		Polling:     int(sessions.sum(row, engineio.Polling)),
		WebSocket:   int(sessions.sum(row, engineio.WebSocket)),
		Relayed:     relayed.sum(row, "machine"),
		Across:      relayed.sum(row, "cluster"),
		Tunnelled:   tunnelled.sum(row, "client"),
		Joined:      row.Gauges[joined].Load() != 0,
	}
}

// condition is the worker's state by the master's word and by its own.
func condition(row *scoreboard.Row, now int64) scoreboard.State {
	switch state := scoreboard.State(row.State.Load()); {
	case state != scoreboard.Serving:
		return state
	case row.Beat.Load() == 0:
		return scoreboard.Starting // its own first word is not here yet
	case now-row.Beat.Load() > int64(fresh):
		return scoreboard.Stalled
	}
	return scoreboard.Serving
}

// sum adds up the series whose first label has the value, or all.
func (m *metric) sum(row *scoreboard.Row, value string) (sum uint64) {
	for i := range m.series {
		if s := &m.series[i]; value == "" || s.values[0] == value {
			sum += s.of(m.kind, row)
		}
	}
	return sum
}
