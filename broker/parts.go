package broker

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// A message over the server's limit travels in parts, each with the header
// "Ioserver-Part: <id, 16 hex> <index> <count> <total bytes>", decimal.
const (
	partHeader   = "Ioserver-Part"
	partOverhead = 128 // bytes of header, which count against the limit
)

// part is the header of a part.
type part struct {
	id           uint64
	index, count int
	total        int
}

func (p part) String() string {
	return fmt.Sprintf("%016x %d %d %d", p.id, p.index, p.count, p.total)
}

// parsePart is strict: one form, numbers in range.
func parsePart(s string) (p part, ok bool) {
	f := strings.Split(s, " ")
	if len(f) != 4 || len(f[0]) != 16 {
		return p, false
	}
	var err [4]error
	p.id, err[0] = strconv.ParseUint(f[0], 16, 64)
	p.index, err[1] = strconv.Atoi(f[1])
	p.count, err[2] = strconv.Atoi(f[2])
	p.total, err[3] = strconv.Atoi(f[3])
	for _, e := range err {
		if e != nil {
			return p, false
		}
	}
	if p.String() != s || p.index < 0 || p.index >= p.count || p.count < 2 || p.total < p.count {
		return p, false
	}
	return p, true
}

// joiner puts messages together, bounded in bytes, number and age. Parts of one
// message come in order; those of many publishers may interleave.
type joiner struct {
	o NATSOptions

	dropped atomic.Uint64 // messages given up

	mu     sync.Mutex
	open   map[partKey]*partial
	bytes  int // held
	timer  *time.Timer
	closed bool
}

// partKey: each subscription that matches receives its own parts.
type partKey struct {
	sub *nats.Subscription
	id  uint64
}

type partial struct {
	next, count, total int
	data               []byte
	since              time.Time
}

func newJoiner(o NATSOptions) *joiner {
	return &joiner{o: o, open: make(map[partKey]*partial)}
}

// add takes a part and returns the message when this was its last part, else nil.
func (j *joiner) add(sub *nats.Subscription, value string, data []byte) []byte {
	p, ok := parsePart(value)
	if !ok || p.total > j.o.MaxMessage {
		j.dropped.Add(1)
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := partKey{sub, p.id}
	m := j.open[key]
	switch {
	case m == nil && p.index == 0:
		j.makeRoom(j.o.JoinBytes, j.o.JoinMessages-1)
		m = &partial{count: p.count, total: p.total, since: time.Now()}
		j.open[key] = m
		j.arm(j.o.JoinAge)
	case m == nil:
		if p.index == p.count-1 { // its beginning never came, or was given up
			j.dropped.Add(1)
		}
		return nil
	}
	last := p.index == m.count-1
	size := len(m.data) + len(data)
	if p.index != m.next || p.count != m.count || p.total != m.total || size > m.total || last != (size == m.total) {
		j.forget(key, m)
		j.dropped.Add(1)
		return nil
	}
	if last {
		j.forget(key, m)
		return append(m.data, data...)
	}
	m.next++
	m.data = append(m.data, data...) // grows with what comes, not with what is announced
	j.bytes += len(data)
	j.makeRoom(j.o.JoinBytes, j.o.JoinMessages)
	return nil
}

func (j *joiner) forget(key partKey, m *partial) {
	j.bytes -= len(m.data)
	delete(j.open, key)
}

// makeRoom gives the oldest messages up until the bounds hold.
func (j *joiner) makeRoom(bytes, messages int) {
	for len(j.open) > 0 && (j.bytes > bytes || len(j.open) > messages) {
		var oldest partKey
		var m *partial
		for k, c := range j.open {
			if m == nil || c.since.Before(m.since) {
				oldest, m = k, c
			}
		}
		j.forget(oldest, m)
		j.dropped.Add(1)
	}
}

// arm starts the clock of unfinished messages, if it does not run.
func (j *joiner) arm(d time.Duration) {
	if j.timer == nil && !j.closed {
		j.timer = time.AfterFunc(d, j.expire)
	}
}

// expire gives up what is too old.
func (j *joiner) expire() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.timer = nil
	now, next := time.Now(), time.Duration(0)
	for k, m := range j.open {
		left := j.o.JoinAge - now.Sub(m.since)
		if left <= 0 {
			j.forget(k, m)
			j.dropped.Add(1)
		} else if next == 0 || left < next {
			next = left
		}
	}
	if next > 0 {
		j.arm(next)
	}
}

// reset gives everything up: what is missing will not come.
func (j *joiner) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.makeRoom(0, 0)
}

// close gives everything up and stops the clock.
func (j *joiner) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.makeRoom(0, 0)
	if j.timer != nil {
		j.timer.Stop()
	}
}
