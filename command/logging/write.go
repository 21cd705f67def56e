package logging

import (
	"bytes"
	"errors"
	"io"
	"math"
	"syscall"
	"time"
)

// writer is the goroutine that writes a log's lines.
type writer struct {
	log   *Log
	w     io.Writer
	torn  bool          // the last line that was written has no end
	pause time.Duration // before the next attempt to tell of lost lines
}

func (w *writer) run() {
	defer close(w.log.done)
	timer := time.NewTimer(math.MaxInt64)
	defer timer.Stop()
	for closing := false; ; {
		timer.Reset(w.turn(closing))
		if closing {
			return
		}
		select {
		case <-w.log.wake:
		case <-timer.C:
		case <-w.log.closing:
			closing = true
		}
	}
}

// turn writes what there is, and returns when the next turn is due if nothing
// happens before.
func (w *writer) turn(closing bool) time.Duration {
	l := w.log
	now := time.Now()
	l.mu.Lock()
	if closing {
		now = now.Add(floodWindow)
	}
	l.floods.expire(now, l.tell)
	b := l.queue.take()
	l.mu.Unlock()

	n := w.write(b.text)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue.written(n)
	if n == len(b.text) {
		w.pause = 0
	}
	wait := time.Duration(math.MaxInt64)
	if ends, ok := l.floods.deadline(); ok {
		wait = time.Until(ends)
	}
	if l.queue.untold() {
		w.pause = min(max(2*w.pause, retryMin), retryMax)
		wait = min(wait, w.pause)
	}
	return wait
}

// write writes whole lines, a chunk at a time, and returns how many bytes of b
// have been written when that succeeded or failed for good.
func (w *writer) write(b []byte) (done int) {
	if len(b) > 0 && w.torn {
		if w.all([]byte{'\n'}) == 0 {
			return 0
		}
		w.torn = false
	}
	for done < len(b) {
		length := piece(b[done:])
		n := w.all(b[done : done+length])
		done += n
		if n < length {
			w.torn = n > 0 && b[done-1] != '\n'
			return done
		}
	}
	return done
}

// piece is the length of the lines at the beginning of b that are written at once.
func piece(b []byte) int {
	if len(b) <= chunk {
		return len(b)
	}
	if i := bytes.LastIndexByte(b[:chunk], '\n'); i >= 0 {
		return i + 1
	}
	return bytes.IndexByte(b, '\n') + 1 // a line longer than a chunk
}

// all writes b; fewer bytes than it has: that failed for good.
func (w *writer) all(b []byte) (done int) {
	for done < len(b) {
		n, err := w.w.Write(b[done:])
		done += max(0, n)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			if !w.await() {
				return done
			}
		case err != nil, n <= 0:
			return done
		}
	}
	return done
}
