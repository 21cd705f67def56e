package worker

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/socketio"
)

// obey hears the master. Its death is the end of this process, at once: nobody
// would accept for it, and an orphan would hold the addresses.
func (w *worker) obey(orders chan<- fdpass.Stop) {
	for {
		m, err := w.control.Receive()
		var bad *fdpass.BadMessage
		switch {
		case errors.Is(err, io.EOF):
			w.logger.Error("the master is gone")
			w.process.exit(1)
		case errors.As(err, &bad):
			w.logger.Error("control channel", "error", err)
			continue
		case err != nil:
			return // closed by stop
		}
		switch m := m.(type) {
		case fdpass.Stop:
			orders <- m
		case fdpass.Reload:
			if err := w.reload(m.Config); err != nil {
				w.logger.Error("configuration not reloaded", "error", err)
			}
		case fdpass.Bus:
			if err := errors.Join(w.bus.SetServers(m.URLs), w.outside.moved(m.URLs), w.commands.moved(m.URLs), w.tail.Moved(m.URLs)); err != nil {
				w.logger.Error("the bus's new address", "error", err)
			}
		case fdpass.Peer:
			w.peer(m)
			if !m.Up {
				w.loop.Post(loop.Func(func() {
					w.relay.peerDown(sid.Home{Node: w.hello.Node, Slot: uint8(m.Slot)}, roster.Incarnation(w.hello.Boot, m.Life))
				}))
			}
		}
	}
}

// reload takes what can change while the worker runs: the log's level, who may
// connect, sizes, tokens, and the times of sessions that begin from now on.
func (w *worker) reload(raw json.RawMessage) error {
	var c Config
	if err := json.Unmarshal(raw, &c); err != nil {
		return err
	}
	if most := w.limits.buffer(); c.MaxHTTPBufferSize > most {
		w.logger.Warn("messages of clients cannot become as large as asked before a restart: the bus has been sized", "asked", c.MaxHTTPBufferSize, "now", most)
		c.MaxHTTPBufferSize = most
	}
	if err := w.api.Reconfigure(c.API()); err != nil {
		return err
	}
	if err := w.renewKeys(&c.Tokens); err != nil {
		return err
	}
	err := w.io.Engine().Reconfigure(engineio.Changes{
		CORS:              &engineio.CORS{Origins: c.CORSOrigins, Credentials: c.CORSCredentials},
		TrustedProxies:    append([]string{}, c.TrustedProxies...), // none are none
		MaxHTTPBufferSize: c.MaxHTTPBufferSize,
		PollingPerAddress: &c.PollingPerAddress,
		UpgradeTimeout:    c.UpgradeTimeout,
		PingInterval:      c.PingInterval,
		PingTimeout:       c.PingTimeout,
	})
	if err != nil {
		return err
	}
	if err := w.io.Reconfigure(socketio.Changes{ConnectTimeout: c.ConnectTimeout, EventsPerSecond: &c.EventsPerSecond}); err != nil {
		return err
	}
	w.relay.bodyLimit.Store(int64(c.MaxHTTPBufferSize))
	w.loop.Post(loop.Func(func() { w.relay.patience = max(w.relay.patience, c.patience()) })) // older sessions have their times
	w.outside.reload(&c.Backend)
	w.setLevel(c.LogLevel)
	w.logger.Debug("configuration reloaded")
	return nil
}

func (w *worker) setLevel(l slog.Level) {
	if w.process.SetLevel != nil {
		w.process.SetLevel(l)
	}
}
