package worker

import (
	"os"

	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/demo"
	"github.com/ioserver/ioserver/worker/metrics"
)

// newAPI makes the HTTP API, whether there is a listener for it or not: it costs
// nothing without.
func (w *worker) newAPI() error {
	view, err := metrics.NewView(w.board, w.config.Version)
	if err != nil {
		return err
	}
	w.api, err = api.New(api.Options{IO: w.io, View: &outlook{View: view, worker: w}, Settings: w.config.API(), Logger: w.logger})
	return err
}

// newDemo registers what --demo offers.
func (w *worker) newDemo() {
	w.demo = demo.New(w.io, demo.Options{
		Slot:    w.hello.Slot,
		PID:     os.Getpid(),
		Node:    w.hello.Node,
		Version: w.config.Version,
		Path:    w.io.Engine().Path(),
		Workers: w.neighbours,
		Logger:  w.logger,
	})
}

// neighbours are this machine's workers, as the scoreboard has them.
func (w *worker) neighbours() []demo.Worker {
	all := make([]demo.Worker, w.board.Slots())
	for i, n := range metrics.Workers(w.board) {
		all[i] = demo.Worker{Slot: i, PID: n.PID, Serving: n.Serving(), Clients: n.Sessions()}
	}
	return all
}
