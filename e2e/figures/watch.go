package main

import (
	"errors"
	"sync/atomic"
	"time"
)

// The metric of sessions that ended, and its label for those whose queue was full.
const (
	disconnects = "ioserver_disconnects_total"
	overflowed  = `reason="buffer_overflow"`
)

// watcher looks at the metrics of a server while its clients are at work.
type watcher struct {
	closed  atomic.Bool // a client's queue has flowed over since it began
	most    float64     // bytes that waited to be sent, of all workers
	err     error
	stop    chan struct{}
	stopped chan struct{}
}

// watch begins; who asked for it ends it.
func watch(t *target) *watcher {
	w := &watcher{stop: make(chan struct{}), stopped: make(chan struct{})}
	go w.run(t)
	return w
}

func (w *watcher) run(t *target) {
	defer close(w.stopped)
	var before float64
	if before, w.err = t.metric(disconnects, overflowed); w.err != nil {
		return
	}
	for {
		select {
		case <-w.stop:
			return
		case <-time.After(300 * time.Millisecond):
		}
		waits, err1 := t.metric("ioserver_loop_unsent_bytes", "")
		n, err2 := t.metric(disconnects, overflowed)
		if w.err = errors.Join(err1, err2); w.err != nil {
			return
		}
		w.most = max(w.most, waits)
		if n > before {
			w.closed.Store(true)
		}
	}
}

// end returns the most bytes that were seen to wait.
func (w *watcher) end() (float64, error) {
	close(w.stop)
	<-w.stopped
	return w.most, w.err
}
