package lean

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Asking is requests in a closed loop: each acknowledgement brings the next one.
type Asking struct {
	Clients []*Client // ask in turn, those that wait for an answer left out
	Args    string    // JSON: event and arguments; the arguments are the acknowledgement
	Total   int
	Window  int // under way at once, at most one a client
}

// asking is an Asking under way.
type asking struct {
	Asking
	idle     []*Client // in turn
	waiting  map[*Client]bool
	expected []byte
	sent     int
	wrong    int
	took     Latencies
}

// Ask has clients ask, and returns how long the answers took. Each has to be the
// right one, and come once.
func (f *Fleet) Ask(a Asking, limit time.Duration) (Latencies, error) {
	_, arguments, _ := bytes.Cut([]byte(a.Args), []byte(","))
	r := &asking{Asking: a, idle: append([]*Client(nil), a.Clients...), waiting: map[*Client]bool{}, expected: append([]byte{'['}, arguments...), took: make(Latencies, 0, a.Total)}
	f.OnAck = r.acknowledged
	defer func() { f.OnAck = nil }()
	for range min(a.Window, a.Total, len(a.Clients)) {
		r.more()
	}
	err := f.Until(limit, func() bool { return len(r.took) >= a.Total || f.Lost > 0 || r.wrong > 0 })
	if err != nil || r.wrong > 0 || f.Lost > 0 {
		return nil, errors.Join(fmt.Errorf("%d of %d acknowledged, %d wrong", len(r.took), a.Total, r.wrong), f.Whole(), err)
	}
	return r.took, nil
}

func (r *asking) more() {
	c := r.idle[0]
	r.idle = r.idle[1:]
	r.waiting[c] = true
	r.sent++
	c.Ask(r.Args)
}

func (r *asking) acknowledged(c *Client, args []byte) {
	now := Clock()
	if !r.waiting[c] || !bytes.Equal(args, r.expected) {
		r.wrong++
		return
	}
	delete(r.waiting, c)
	r.idle = append(r.idle, c)
	r.took = append(r.took, now-c.asked)
	if r.sent < r.Total {
		r.more()
	}
}
