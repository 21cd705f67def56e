package loop

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Port is a bounded entrance to the mailbox for one kind of producer. All methods may be called from any goroutine, but a Task
// that runs on the loop must not use Post: it would wait for itself.
type Port struct {
	loop      *Loop
	name      string
	slots     chan struct{} // a token for each task of this port in the mailbox
	overflows atomic.Uint64
	waits     atomic.Uint64
}

// Port makes an entrance that lets at most limit tasks (at least 1) wait at a time. The name labels its counters.
func (l *Loop) Port(name string, limit int) *Port {
	limit = max(limit, 1)
	p := &Port{loop: l, name: name, slots: make(chan struct{}, limit)}
	l.portsMu.Lock()
	l.ports = append(l.ports, p)
	l.portsMu.Unlock()
	return p
}

// Post queues t, waiting while the port is full. The error is ErrStopped or wraps ctx's; t then never runs. A context that is
// already done matters only where Post has to wait.
func (p *Port) Post(ctx context.Context, t Task) error {
	select {
	case p.slots <- struct{}{}:
	default:
		p.waits.Add(1)
		select {
		case p.slots <- struct{}{}:
		case <-p.loop.stopped:
			return ErrStopped
		case <-ctx.Done():
			return fmt.Errorf("post to %s: %w", p.name, ctx.Err())
		}
	}
	return p.put(t)
}

// TryPost queues t, or returns false: the port is full, which Overflows counts, or the loop has been stopped.
func (p *Port) TryPost(t Task) bool {
	select {
	case p.slots <- struct{}{}:
		return p.put(t) == nil
	default:
		p.overflows.Add(1)
		return false
	}
}

func (p *Port) put(t Task) error {
	if !p.loop.put(item{task: t, port: p}) {
		p.release()
		return ErrStopped
	}
	return nil
}

// release gives a task's place back as the task leaves the mailbox.
func (p *Port) release() { <-p.slots }

// Queued is the number of tasks that wait.
func (p *Port) Queued() int { return len(p.slots) }

// Overflows is the number of tasks that TryPost refused because the port was full.
func (p *Port) Overflows() uint64 { return p.overflows.Load() }
