package load

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Fleet is clients of one server. Its methods belong to one goroutine, which
// closes it.
type Fleet struct {
	o        Options
	greeting greeting
	from     []netip.Addr
	threads  []*thread
	running  sync.WaitGroup
	finished atomic.Int32
	wake     chan struct{}
	run      uint32 // of the scenario, in the markers
}

// New starts the threads of a fleet; no client begins yet.
func New(o Options) (*Fleet, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := enoughDescriptors(&o); err != nil {
		return nil, err
	}
	o.Threads = min(o.Threads, o.Clients)
	f := &Fleet{o: o, greeting: newGreeting(&o), from: addresses(o.Sources), wake: make(chan struct{}, 1), run: newRun()}
	for i := range o.Threads {
		t, err := newThread(f, i)
		if err != nil {
			for _, t := range f.threads {
				t.close()
			}
			return nil, err
		}
		f.threads = append(f.threads, t)
	}
	for _, t := range f.threads {
		f.running.Go(t.run)
	}
	return f, nil
}

// DescriptorError says that a process may not open as many as clients need.
type DescriptorError struct {
	Limit, Needed uint64
	Clients       uint64 // that there can be
}

func (e *DescriptorError) Error() string {
	return fmt.Sprintf("this process may open %d descriptors and needs %d: at most %d clients, or raise the limit (ulimit -n)", e.Limit, e.Needed, e.Clients)
}

func enoughDescriptors(o *Options) error {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return fmt.Errorf("descriptor limit: %w", err)
	}
	if l.Cur < l.Max {
		l.Cur = l.Max
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
			return fmt.Errorf("descriptor limit: %w", err)
		}
	}
	if needed := o.Descriptors(); needed > l.Cur {
		each := (needed - spareFDs) / uint64(o.Clients)
		return &DescriptorError{Limit: l.Cur, Needed: needed, Clients: (max(l.Cur, spareFDs) - spareFDs) / each}
	}
	return nil
}

// source is where a client comes from; invalid: the system chooses.
func (f *Fleet) source(cl *client, to netip.AddrPort) netip.Addr {
	if cl == nil || len(f.from) == 0 {
		return netip.Addr{}
	}
	a := f.from[int(cl.index)%len(f.from)]
	if a.Is4() != to.Addr().Is4() {
		return netip.Addr{}
	}
	return a
}

// each has all threads do something, and waits until they have.
func (f *Fleet) each(do func(*thread)) {
	var done sync.WaitGroup
	for _, t := range f.threads {
		done.Add(1)
		t.postTask(func() {
			defer done.Done()
			do(t)
		})
	}
	done.Wait()
}

// threadFinished hears from a thread that its part is done.
func (f *Fleet) threadFinished() {
	f.finished.Add(1)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// allFinished says whether all threads have done their part.
func (f *Fleet) allFinished() bool { return int(f.finished.Load()) == len(f.threads) }

// prepare has a new part begin.
func (f *Fleet) prepare() {
	f.finished.Store(0)
	select {
	case <-f.wake:
	default:
	}
}

// Counts are those since the fleet was made.
func (f *Fleet) Counts() (all Counts) {
	var mu sync.Mutex
	f.each(func(t *thread) {
		mu.Lock()
		defer mu.Unlock()
		all.add(&t.meter.Counts, 1)
	})
	return all
}

// Why are the errors that clients were lost with, and triggers refused.
func (f *Fleet) Why() map[string]int64 {
	all := make(map[string]int64)
	var mu sync.Mutex
	f.each(func(t *thread) {
		mu.Lock()
		defer mu.Unlock()
		for k, n := range t.why {
			all[k] += n
		}
	})
	return all
}

// Close says good-bye for the clients, waits for that until the context ends or
// the timeout is over, and ends the threads.
func (f *Fleet) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	f.prepare()
	f.each(func(t *thread) {
		for i := range t.clients {
			if cl := &t.clients[i]; cl.state != unopened && cl.state != lost {
				t.leavers++
				t.farewell(cl)
			}
		}
		t.finished = false
		t.work = []work{&parting{t: t}}
	})
	f.await(ctx)
	for _, t := range f.threads {
		t.postTask(func() { t.ended = true })
	}
	f.running.Wait()
}

// await waits until all threads have done their part.
func (f *Fleet) await(ctx context.Context) {
	for !f.allFinished() {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
	}
}

// parting waits for the clients that leave.
type parting struct {
	nothing
	t *thread
}

func (p *parting) done() bool { return p.t.leavers <= 0 }
