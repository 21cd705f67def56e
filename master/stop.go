package master

import (
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// stop is an orderly end in its stages: no more accepting; workers close their clients; the bus server ends; done.
type stop struct {
	begun  bool
	broker bool // the bus server has been asked
	done   bool

	killAt time.Time // workers
	endAt  time.Time // everything
	killed bool
}

func (r *run) stopping() bool { return r.stop.begun }

func (s *stop) deadline() time.Time {
	switch {
	case !s.begun:
		return time.Time{}
	case !s.killed:
		return s.killAt
	}
	return s.endAt
}

// fail ends everything in order, and Run returns err.
func (r *run) fail(err error) {
	if r.outcome == nil {
		r.outcome = err
	}
	r.beginStop()
}

// beginStop closes the doors and asks the workers to end.
func (r *run) beginStop() {
	if r.stop.begun {
		return
	}
	r.log.Info("stopping", "timeout", r.options.ShutdownTimeout)
	r.stop.begun = true
	if r.options.Stopping != nil {
		r.options.Stopping()
	}
	tenth, now := r.options.ShutdownTimeout/10, time.Now()
	r.stop.killAt, r.stop.endAt = now.Add(killShare*tenth), now.Add(r.options.ShutdownTimeout)
	r.brokerPause.at = time.Time{}
	r.closeDoors()
	r.tellWorkers(fdpass.Stop{Timeout: workersShare * tenth}, nil)
	r.stopNext()
}

// closeDoors ends the acceptors; whoever waits in the master is answered.
func (r *run) closeDoors() {
	r.shut()
	closed := make(chan struct{})
	for _, l := range r.listeners {
		_ = l.close()
	}
	r.listeners, r.looked = nil, nil // the peeker answers those whom it has
	go func() {
		r.doors.Wait()
		close(closed)
	}()
	for open := true; open; {
		select {
		case batch := <-r.accepted:
			refuse(batch)
		case f := <-r.events: // an acceptor's last word may be one
			f()
		case <-closed:
			open = false
		}
	}
	for _, s := range r.slots {
		r.door.dismiss(s)
	}
	r.door.disband()
}

// stopNext goes on to the next stage when the present one is complete.
func (r *run) stopNext() {
	if !r.stop.begun {
		return
	}
	for _, s := range r.slots {
		if s.child != nil {
			return
		}
	}
	for _, s := range r.slots {
		r.door.clear(s) // what no worker has taken
	}
	switch {
	case r.broker == nil:
		r.stop.done = true
	case !r.stop.broker:
		r.stop.broker = true
		r.tell(r.broker, fdpass.Stop{Timeout: time.Until(r.stop.endAt)})
	}
}

// stopDue: time is up for the workers, or for all.
func (r *run) stopDue(now time.Time) {
	if !r.stop.killed && !now.Before(r.stop.killAt) {
		r.stop.killed = true
		for _, s := range r.slots {
			if s.child != nil {
				r.log.Error("worker did not end in time, killing it", "slot", s.index, "pid", s.child.process.Pid())
				s.child.process.Kill()
			}
		}
	}
	if !now.Before(r.stop.endAt) {
		r.killAll()
	}
}

func (r *run) killAll() {
	r.stop.killed = true
	r.stop.endAt = time.Now().Add(never)
	for c := range r.children {
		c.process.Kill()
	}
}
