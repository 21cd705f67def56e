package tail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/contract"
)

// Viewer reads lines of JSON, a [Record] each, until Close. One goroutine reads.
type Viewer struct {
	hub    *Hub
	id     string
	conn   Conn // its own; nil where there is no bus
	local  *watch
	cancel context.CancelFunc
	asking sync.WaitGroup
	once   sync.Once
	wake   chan struct{}
	ask    []byte
	stop   []byte

	mu    sync.Mutex
	lines []byte
	over  *contract.Error // why there will be no more
	ended bool            // and that was read
}

// View begins to look, at all workers. What is wrong with the filter, or that
// there are too many viewers, is the error.
func (h *Hub) View(f Filter) (*Viewer, *contract.Error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	v := &Viewer{hub: h, id: hex.EncodeToString(random[:]), wake: make(chan struct{}, 1)}
	v.ask, v.stop = encode(ask{Viewer: v.id, Filter: f}), encode(ask{Viewer: v.id, Stop: true})
	ctx, cancel := context.WithCancel(h.ctx)
	v.cancel = cancel
	err := v.listen()
	if err == nil {
		err = h.enter(v, f)
	}
	if err != nil {
		cancel()
		if v.conn != nil {
			_ = v.conn.Close()
		}
		return nil, err
	}
	v.asking.Go(func() { v.renew(ctx) })
	return v, nil
}

// enter takes a viewer in, and has this worker tell it.
func (h *Hub) enter(v *Viewer, f Filter) *contract.Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errClosed
	}
	if len(h.viewers) >= h.limits.viewers {
		h.counters.refused.Add(1)
		return &contract.Error{Code: contract.TooManyRequests, Message: fmt.Sprintf("this worker has %d viewers already", h.limits.viewers)}
	}
	if v.local = h.tell(v.id, f, v); v.local == nil {
		return &contract.Error{Code: contract.TooManyRequests, Message: fmt.Sprintf("there are %d viewers already", h.limits.watches)}
	}
	h.viewers[v.id] = v
	return nil
}

// listen hears other workers.
func (v *Viewer) listen() *contract.Error {
	h := v.hub
	if h.o.Bus == nil {
		return nil
	}
	h.mu.Lock()
	servers, full := h.servers, len(h.viewers) >= h.limits.viewers
	h.mu.Unlock()
	if full {
		return nil // enter says so
	}
	conn, err := h.o.Dial(servers)
	if err == nil {
		v.conn = conn
		_, err = conn.Subscribe(h.subject("to."+v.id), func(m broker.Message) { v.put(m.Data) })
	}
	if err != nil {
		return &contract.Error{Code: contract.Internal, Message: fmt.Sprintf("a viewer cannot connect to the bus: %v", err)}
	}
	return nil
}

// renew asks again and again.
func (v *Viewer) renew(ctx context.Context) {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	if v.conn != nil { // what is told at once is to be heard
		first, cancel := context.WithTimeout(ctx, renewal)
		_ = v.conn.Flush(first)
		cancel()
	}
	for {
		v.local.renew()
		if v.conn != nil {
			_ = v.hub.o.Bus.Publish(v.hub.subject("ask"), v.ask) // again in a while
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// take implements sink, for this worker's own.
func (v *Viewer) take(_ context.Context, lines []byte) error {
	v.put(lines)
	return nil
}

// put adds lines, or drops a viewer that is behind.
func (v *Viewer) put(lines []byte) {
	v.mu.Lock()
	switch {
	case v.over != nil:
	case len(v.lines)+len(lines) > v.hub.limits.viewer:
		v.hub.counters.dropped.Add(1)
		v.over = &contract.Error{Code: "too_slow", Message: fmt.Sprintf("more than %d bytes waited to be read", v.hub.limits.viewer)}
		v.lines = nil
	default:
		v.lines = append(v.lines, lines...)
	}
	v.mu.Unlock()
	v.nudge()
}

func (v *Viewer) nudge() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// end is the last that a reader is told.
func (v *Viewer) end(why *contract.Error) {
	v.mu.Lock()
	if v.over == nil {
		v.over = why
	}
	v.mu.Unlock()
	v.nudge()
}

// End tells the reader that there will be no more, since the worker ends.
func (v *Viewer) End() { v.end(errClosed) }

// Read waits for something to tell. Lines may be read in pieces.
func (v *Viewer) Read(b []byte) (int, error) {
	quiet := time.NewTimer(v.hub.limits.alive)
	defer quiet.Stop()
	for {
		if n, err := v.read(b); n > 0 || err != nil {
			return n, err
		}
		select {
		case <-v.wake:
		case <-quiet.C:
			v.put(v.hub.record(Alive, time.Now()).line())
		}
	}
}

func (v *Viewer) read(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.lines) == 0 && v.over != nil {
		if v.ended {
			return 0, io.EOF
		}
		r := v.hub.record(End, time.Now())
		r.Error = v.over
		v.lines, v.ended = r.line(), true
	}
	n := copy(b, v.lines)
	if v.lines = v.lines[n:]; len(v.lines) == 0 {
		v.lines = nil
	}
	return n, nil
}

// Close looks no more. Closing again is harmless.
func (v *Viewer) Close() error {
	var err error
	v.once.Do(func() {
		v.end(errClosed)
		v.cancel()
		v.asking.Wait()
		v.local.cancel()
		h := v.hub
		h.mu.Lock()
		delete(h.viewers, v.id)
		h.mu.Unlock()
		if h.o.Bus != nil {
			_ = h.o.Bus.Publish(h.subject("ask"), v.stop) // else they stop by themselves
		}
		if v.conn != nil {
			err = v.conn.Close()
		}
	})
	return err
}

func encode(a ask) []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // strings of ours
	}
	return b
}

func isID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 8
}
