package worker

import (
	"fmt"
	"os"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/demo"
	"github.com/ioserver/ioserver/worker/metrics"
	"github.com/ioserver/ioserver/worker/tail"
)

// newAPI makes the HTTP API, whether there is a listener for it or not: it costs
// nothing without.
func (w *worker) newAPI() error {
	view, err := metrics.NewView(w.board, w.config.Version)
	if err != nil {
		return err
	}
	w.tail, err = tail.New(tail.Options{
		Server: w.io, Home: sid.Home{Node: w.hello.Node, Slot: uint8(w.hello.Slot)},
		Bus: w.bus, Cluster: w.hello.Bus.Cluster, Servers: w.hello.Bus.URLs, Dial: w.dialTail,
	})
	if err != nil {
		return err
	}
	w.api, err = api.New(api.Options{IO: w.io, Tail: w.tail, View: &outlook{View: view, worker: w}, Settings: w.config.API(), Logger: w.logger})
	return err
}

// dialTail connects to the bus for one who looks: what comes for that holds up
// nothing else.
func (w *worker) dialTail(urls []string) (tail.Conn, error) {
	return broker.ConnectNATS(broker.NATSOptions{
		Servers: urls,
		User:    w.hello.Bus.User,
		Secret:  w.hello.Bus.Password,
		Name:    fmt.Sprintf("ioserver node %d slot %d, tail", w.hello.Node, w.hello.Slot),
		Logger:  spokesman(w.logger, 1), // the bus's own connection says how NATS is
	})
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
