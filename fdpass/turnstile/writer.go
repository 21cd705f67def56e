package turnstile

import "sync"

// Writer is a worker's end of its slot's ring. Its methods are for any goroutine, and never wait. The lock is taken when a connection
// comes or goes, never for what it carries.
type Writer struct {
	mu      sync.Mutex
	ring    *ring
	backlog []Event // found no room; a connection has at most two there
}

// Note writes an event, behind those that wait.
func (w *Writer) Note(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
	if len(w.backlog) > 0 || !w.ring.write(e) {
		w.backlog = append(w.backlog, e)
	}
}

// Flush writes what waits, as far as there is room, and returns how many still do. To be called each second.
func (w *Writer) Flush() (waiting int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
	return len(w.backlog)
}

func (w *Writer) flush() {
	n := 0
	for n < len(w.backlog) && w.ring.write(w.backlog[n]) {
		n++
	}
	if w.backlog = w.backlog[n:]; len(w.backlog) == 0 {
		w.backlog = nil
	}
}
