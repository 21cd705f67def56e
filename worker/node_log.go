package worker

import (
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// nodeLog tells the log which machines come and go: one line for each, and by one
// worker of this machine, the first that there is.
type nodeLog struct {
	logger  *slog.Logger
	boot    uint64 // this machine's
	slot    int
	board   *scoreboard.Board
	quiet   time.Time      // until then a machine that is heard is no news: the predecessor knew it
	workers map[uint64]int // that are heard, by boot
}

func newNodeLog(w *worker) *nodeLog {
	n := &nodeLog{logger: w.logger, boot: w.hello.Boot, slot: w.hello.Slot, board: w.board, workers: make(map[uint64]int)}
	if len(w.hello.Peers) > 0 { // others serve: this one replaces one that did
		n.quiet = time.Now().Add(roster.DefaultSilence)
	}
	return n
}

// told is called under the roster's lock.
func (n *nodeLog) told(m roster.Member, alive bool) {
	if m.Boot == n.boot {
		return
	}
	if !alive {
		if n.workers[m.Boot]--; n.workers[m.Boot] <= 0 {
			delete(n.workers, m.Boot)
			n.say("node left the cluster", m)
		}
		return
	}
	if n.workers[m.Boot]++; n.workers[m.Boot] == 1 && time.Now().After(n.quiet) {
		n.say("node joined the cluster", m)
	}
}

func (n *nodeLog) say(what string, m roster.Member) {
	for i := range n.slot {
		switch scoreboard.State(n.board.Slot(i).State.Load()) {
		case scoreboard.Starting, scoreboard.Serving:
			return // that one says it
		}
	}
	n.logger.Info(what, "node", m.ID, "host", m.Name, "of_workers", m.Slots, "nodes", len(n.workers)+1)
}
