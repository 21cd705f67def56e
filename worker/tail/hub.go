package tail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Options of a Hub.
type Options struct {
	Server *socketio.Server
	Home   sid.Home // this worker's
	// Bus is where the other workers are; nil: there are none. Its owner closes
	// it, after Close.
	Bus     broker.Broker
	Cluster string
	// Servers are the bus's addresses, at first.
	Servers []string
	// Dial makes a connection to these for one viewer, who closes it.
	Dial func(servers []string) (Conn, error)
}

// Conn is a connection to the bus that can be told where it is.
type Conn interface {
	broker.Broker
	SetServers(servers []string) error
}

// Hub is a worker's part: it tells viewers, wherever they are, what its clients
// do, and has viewers of its own.
type Hub struct {
	o        Options
	limits   limits
	counters counters
	asking   broker.Subscription
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	spectating sync.Mutex               // held while it is changed who looks
	told       atomic.Pointer[[]*watch] // what the loop walks

	mu      sync.Mutex
	closed  bool
	servers []string
	viewers map[string]*Viewer
	watches map[string]*watch
}

// New begins to listen for viewers.
func New(o Options) (*Hub, error) { return newHub(o, defaultLimits) }

func newHub(o Options, l limits) (*Hub, error) {
	h := &Hub{o: o, limits: l, servers: o.Servers, viewers: make(map[string]*Viewer), watches: make(map[string]*watch)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	if o.Bus == nil {
		return h, nil
	}
	var err error
	if h.asking, err = o.Bus.Subscribe(h.subject("ask"), h.asked); err != nil {
		h.cancel()
		return nil, fmt.Errorf("listen for viewers: %w", err)
	}
	return h, nil
}

func (h *Hub) subject(last string) string { return "_ioserver." + h.o.Cluster + ".tail1." + last }

// ask is what a viewer says to all workers, as JSON.
type ask struct {
	Viewer string `json:"viewer"`
	Filter Filter `json:"filter"`
	Stop   bool   `json:"stop,omitempty"`
}

// asked begins, prolongs or ends what a viewer of another worker is told.
func (h *Hub) asked(m broker.Message) {
	var a ask
	if json.Unmarshal(m.Data, &a) != nil || !isID(a.Viewer) || a.Filter.Check() != nil {
		h.counters.malformed.Add(1)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.watches[a.Viewer]
	switch {
	case h.closed:
	case a.Stop:
		if w != nil {
			w.cancel()
		}
	case w != nil:
		w.renew()
	default:
		h.tell(a.Viewer, a.Filter, &overBus{bus: h.o.Bus, subject: h.subject("to." + a.Viewer)})
	}
}

// tell begins to tell a viewer. The caller holds the lock.
func (h *Hub) tell(id string, f Filter, to sink) *watch {
	if len(h.watches) >= h.limits.watches {
		h.counters.refused.Add(1)
		return nil
	}
	w := newWatch(h, id, f, to)
	h.watches[id] = w
	h.wg.Go(w.run)
	return w
}

// spectate has the loop tell those that are told.
func (h *Hub) spectate() {
	h.spectating.Lock()
	defer h.spectating.Unlock()
	h.mu.Lock()
	all := make([]*watch, 0, len(h.watches))
	for _, w := range h.watches {
		all = append(all, w)
	}
	h.mu.Unlock()
	before := h.told.Swap(&all)
	switch looked := before != nil && len(*before) > 0; {
	case len(all) > 0 && !looked:
		h.o.Server.Spectate(h.see)
	case len(all) == 0 && looked:
		h.o.Server.Spectate(nil)
	}
}

// see is on the loop.
func (h *Hub) see(v *socketio.Sighting) {
	for _, w := range *h.told.Load() {
		w.see(v)
	}
}

// Moved says where the bus is from now on.
func (h *Hub) Moved(servers []string) (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.servers = servers
	for _, v := range h.viewers {
		if v.conn != nil {
			err = errors.Join(err, v.conn.SetServers(servers))
		}
	}
	return err
}

var errClosed = &contract.Error{Code: contract.Stopping, Message: "the worker is about to end"}

// Close ends all viewers of this worker, and tells those of others nothing more.
func (h *Hub) Close() error {
	h.mu.Lock()
	h.closed = true
	viewers := make([]*Viewer, 0, len(h.viewers))
	for _, v := range h.viewers {
		viewers = append(viewers, v)
	}
	h.mu.Unlock()
	var err error
	if h.asking != nil {
		err = h.asking.Unsubscribe()
	}
	for _, v := range viewers {
		v.end(errClosed)
	}
	h.cancel()
	h.wg.Wait()
	for _, v := range viewers {
		err = errors.Join(err, v.Close())
	}
	return err
}
