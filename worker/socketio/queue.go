package socketio

// queue is a list of events in order, with its size. The zero value is empty.
type queue struct {
	first, last *Event
	load        load
}

// load is what queued events weigh.
type load struct{ bytes, events int }

func (l *load) add(m load) {
	l.bytes += m.bytes
	l.events += m.events
}

func (l *load) sub(m load) {
	l.bytes -= m.bytes
	l.events -= m.events
}

// over reports whether l exceeds m in either respect.
func (l load) over(m load) bool { return l.bytes > m.bytes || l.events > m.events }

func (q *queue) push(e *Event) {
	if q.first == nil {
		q.first = e
	} else {
		q.last.next = e
	}
	q.last = e
	q.load.add(load{bytes: e.size(), events: 1})
}

func (q *queue) take() *Event {
	e := q.first
	if e != nil {
		q.first, e.next = e.next, nil
	}
	return e
}
