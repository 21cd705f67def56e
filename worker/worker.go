package worker

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/bundle"
	"github.com/ioserver/ioserver/worker/demo"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tail"
	"github.com/ioserver/ioserver/worker/tokens"
)

// App registers an application's handlers with the server, before it serves.
type App func(*socketio.Server)

// worker is the process: what it owns, in the order in which it ends.
type worker struct {
	control *fdpass.Control
	hello   fdpass.Hello
	config  Config
	process Process
	logger  *slog.Logger

	board    *scoreboard.Board
	guests   *guests // nil where no limit wants connections counted
	loop     *loop.Loop
	bus      *broker.NATS
	limits   busLimits
	roster   *roster.Roster
	nodes    *nodeLog
	homes    *homes
	feed     *feed.Feed
	io       *socketio.Server
	demo     *demo.Demo    // nil without --demo
	outside  *outside      // nil without --backend
	commands *commands     // nil where none are taken over NATS
	guard    *tokens.Guard // nil unless clients need tokens
	front    *engineio.Front
	relay    *relay
	api      *api.Server
	tail     *tail.Hub
	inbox    *inbox
	load     *load
	pulse    *pulse
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	failed   chan error
}

// Run is the worker role: it serves the slot that hello names until the master
// says stop, or dies. It owns the control channel, the inherited inboxes and the
// scoreboard. The logger's records get the slot.
func Run(control *fdpass.Control, hello fdpass.Hello, process Process, apps ...App) error {
	// One loop does the work; a second processor would only move its memory
	// about. Parallelism is other workers'.
	runtime.GOMAXPROCS(1)
	w := &worker{control: control, hello: hello, process: process, logger: process.Logger.With("slot", hello.Slot), failed: make(chan error, 4)}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	defer w.cancel()
	if err := json.Unmarshal(hello.Config, &w.config); err != nil {
		return fmt.Errorf("worker: configuration: %w", err)
	}
	if err := w.awaitBus(); errors.Is(err, errStopped) {
		return nil
	} else if err != nil {
		return err
	}
	if err := w.assemble(apps); err != nil {
		_ = control.Send(fdpass.Failed{Message: err.Error(), Exit: 1})
		return fmt.Errorf("worker: %w", err)
	}
	return w.serve()
}

var errStopped = errors.New("stopped by the master")

// awaitBus waits until the master knows where the embedded server is.
func (w *worker) awaitBus() error {
	for len(w.hello.Bus.URLs) == 0 {
		m, err := w.control.Receive()
		if err != nil {
			return fmt.Errorf("worker: waiting for the bus's address: %w", err)
		}
		switch m := m.(type) {
		case fdpass.Bus:
			w.hello.Bus = m
		case fdpass.Reload:
			var config Config
			if err := json.Unmarshal(m.Config, &config); err != nil {
				w.logger.Error("configuration not reloaded", "error", err)
				continue
			}
			w.config = config
			w.setLevel(config.LogLevel)
		case fdpass.Stop:
			return errStopped
		}
	}
	return nil
}

// assemble builds the process, from the bus up to the inbox.
func (w *worker) assemble(apps []App) error {
	home := sid.Home{Node: w.hello.Node, Slot: uint8(w.hello.Slot)}
	for _, build := range []func() error{
		func() error { return w.newBase(home) },
		w.newGuard,
		func() error { return w.newServer(home) },
		func() error { return w.newFront(apps) },
		w.newAPI,
		w.newCommands,
	} {
		if err := build(); err != nil {
			return err
		}
	}
	w.newInbox()
	w.newPulse()
	return nil
}

// newBase makes what the servers stand on: the board, the loop, the bus and the
// relay.
func (w *worker) newBase(home sid.Home) (err error) {
	if w.board, err = scoreboard.Open(w.control.Scoreboard(), w.hello.Slots); err != nil {
		return err
	}
	if err = w.countGuests(); err != nil {
		return err
	}
	if w.loop, err = loop.New(w.loopOptions()); err != nil {
		return err
	}
	if err = w.joinBus(home); err != nil {
		return err
	}
	outboxes, err := w.outboxes()
	if err != nil {
		return err
	}
	w.relay = newRelay(w, home, outboxes)
	return w.relay.bus.start()
}

func (w *worker) newServer(home sid.Home) (err error) {
	engine := w.config.Engine()
	engine.Logger = w.logger
	engine.Router = w.relay
	w.io, err = socketio.NewServer(socketio.Options{
		Loop:                   w.loop,
		Engine:                 engine,
		ConnectTimeout:         w.config.ConnectTimeout,
		Feed:                   w.feed,
		Home:                   home,
		Key:                    sid.NewKey(w.hello.IDKey),
		Locator:                w.roster,
		Every:                  w.every(),
		Logger:                 w.logger,
		Limits:                 socketio.Limits{Handlers: w.config.Backend.handlers(), EventsPerSecond: w.config.EventsPerSecond},
		CleanupEmptyNamespaces: w.config.Backend.At != "",
	})
	if err == nil {
		w.relay.engine = w.io.Engine()
	}
	return err
}

// newFront makes what clients reach, with the applications behind it.
func (w *worker) newFront(apps []App) error {
	o := engineio.FrontOptions{Logger: w.logger, Watch: w.watch()}
	if w.config.ServeClient {
		o.First = bundle.Handler(w.io.Engine().Path())
	}
	if w.config.Demo {
		w.newDemo()
		o.Fallback = w.demo.Page
	}
	if err := w.newOutside(); err != nil {
		return err
	}
	for _, app := range apps {
		app(w.io)
	}
	w.front = engineio.NewFront(w.loop, o)
	w.front.Mount(w.io.Engine())
	w.relay.front = w.front
	return nil
}

func (w *worker) outboxes() ([]*outbox, error) {
	senders, err := w.control.Outboxes(w.hello.Slots)
	if err != nil {
		return nil, err
	}
	boxes := make([]*outbox, len(senders))
	for i, s := range senders {
		boxes[i] = &outbox{sender: s, ctx: w.ctx, wg: &w.wg}
	}
	return boxes, nil
}

func newRelay(w *worker, home sid.Home, outboxes []*outbox) *relay {
	r := &relay{
		self:     asker{node: home.Node, slot: home.Slot, life: roster.Incarnation(w.hello.Boot, w.hello.Life)},
		homes:    w.homes,
		ended:    newEnded(),
		loop:     w.loop,
		outboxes: outboxes,
		guests:   w.guests,
		logger:   w.logger,
		times:    defaultRelayTimes(),
		patience: w.config.patience(),
		waiting:  make(map[uint64]*question),
		numberOf: make(map[engineio.Responder]uint64),
		open:     make(map[asker]*reply),
		tunnels:  make(map[asker]*tunnel),
	}
	if len(w.hello.Listeners) > 0 {
		r.local = listenerAddr(w.hello.Listeners[0])
	}
	r.bodyLimit.Store(int64(w.config.MaxHTTPBufferSize))
	r.bus = newBusRelay(w.ctx, r, w.bus, w.hello.Bus.Cluster)
	var b [8]byte
	_, _ = rand.Read(b[:])
	r.numbers.Store(binary.BigEndian.Uint64(b[:]))
	return r
}

func (w *worker) newInbox() {
	w.inbox = &inbox{
		receiver: fdpass.NewReceiver(w.control.Inbox()),
		front:    w.front,
		api:      w.api,
		firstAPI: w.hello.API,
		relay:    w.relay,
		guests:   w.guests,
		loop:     w.loop,
		logger:   w.logger,
	}
	w.inbox.gather = newGatherer(&w.relay.bodyLimit, &w.inbox.refused)
	for _, l := range w.hello.Listeners {
		w.inbox.listeners = append(w.inbox.listeners, listenerAddr(l))
	}
	w.load = &load{control: w.control, inbox: w.inbox, engine: w.io.Engine(), loop: w.loop}
	w.inbox.onAccept = w.load.changed
	w.loop.AtTurnEnd(w.load.look)
}

// serve runs until the master says stop.
func (w *worker) serve() error {
	w.goRun(w.loop.Run)
	w.goRun(w.relay.bus.run)
	w.pulse.begin()
	if err := errors.Join(w.outside.start(), w.roster.Start()); err != nil {
		return err
	}
	if w.hello.Bus.Required {
		w.goRun(w.requireBus)
	}
	w.introduce()
	w.outside.ready(w.ctx)
	w.commands.ready(w.ctx)
	w.goRun(w.inbox.run)
	if err := w.control.Send(fdpass.Ready{}); err != nil {
		return fmt.Errorf("worker: tell the master: %w", err)
	}
	orders := make(chan fdpass.Stop, 1)
	obeyed := make(chan struct{})
	go func() {
		defer close(obeyed)
		w.obey(orders)
	}()
	select {
	case stop := <-orders:
		err := w.stop(stop.Timeout)
		<-obeyed // the control channel is closed
		return err
	case err := <-w.failed:
		return fmt.Errorf("worker: %w", err)
	}
}

func (w *worker) goRun(f func() error) {
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		if err := f(); err != nil {
			w.failed <- err
		}
	}()
}
