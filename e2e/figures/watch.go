package main

import (
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
	var before, n float64
	for before, w.err = t.metric(disconnects, overflowed); w.err == nil; n, w.err = t.metric(disconnects, overflowed) {
		if n > before {
			w.closed.Store(true)
		}
		select {
		case <-w.stop:
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func (w *watcher) end() error {
	close(w.stop)
	<-w.stopped
	return w.err
}
