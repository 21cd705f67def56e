package metrics

import "github.com/ioserver/ioserver/fdpass/scoreboard"

// WorkerState is what anybody may know of a worker.
type WorkerState struct {
	PID      int // 0: there is none
	Serving  bool
	Sessions int
}

// Workers are those of a board, by slot.
func Workers(board *scoreboard.Board) []WorkerState {
	all := make([]WorkerState, board.Slots())
	for i := range all {
		row := board.Slot(i)
		all[i].PID = int(row.PID.Load())
		all[i].Serving = scoreboard.State(row.State.Load()) == scoreboard.Serving
		for j := range sessions.series {
			all[i].Sessions += int(sessions.series[j].of(gauge, row))
		}
	}
	return all
}
