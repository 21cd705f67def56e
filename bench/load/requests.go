package load

// request is one that waits for its acknowledgement.
type request struct {
	due    int64
	client int32
	open   bool
}

// requests are those of a thread by their ack ids, which rise and are never used
// again.
type requests struct {
	ring              []request // a power of two
	epoch, first, end uint64    // ids below epoch were given up; from first to end they are in the ring
	open              int
}

// verdict is what an acknowledgement is.
type verdict uint8

const (
	answered verdict = iota
	doubled
	strange // of what this client has not asked
	expired // of an earlier scenario, where it counts as lost
)

// add returns the id of a new request.
func (r *requests) add(client int32, due int64) uint64 {
	if r.end-r.first == uint64(len(r.ring)) {
		r.grow()
	}
	id := r.end
	r.ring[id&uint64(len(r.ring)-1)] = request{due: due, client: client, open: true}
	r.end++
	r.open++
	return id
}

func (r *requests) grow() {
	ring := make([]request, max(2*len(r.ring), 1024))
	for id := r.first; id < r.end; id++ {
		ring[id&uint64(len(ring)-1)] = r.ring[id&uint64(len(r.ring)-1)]
	}
	r.ring = ring
}

// take ends a request, and returns when it was due.
func (r *requests) take(client int32, id uint64) (due int64, v verdict) {
	switch {
	case id < r.epoch:
		return 0, expired
	case id >= r.end:
		return 0, strange
	case id < r.first:
		return 0, doubled
	}
	q := &r.ring[id&uint64(len(r.ring)-1)]
	if q.client != client {
		return 0, strange
	}
	if !q.open {
		return 0, doubled
	}
	r.finish(q)
	return q.due, answered
}

func (r *requests) finish(q *request) {
	q.open = false
	r.open--
	for r.first < r.end && !r.ring[r.first&uint64(len(r.ring)-1)].open {
		r.first++
	}
}

// forget ends all requests of a client, and returns how many there were.
func (r *requests) forget(client int32) (n int64) {
	for id := r.first; id < r.end; id++ {
		if q := &r.ring[id&uint64(len(r.ring)-1)]; q.open && q.client == client {
			q.open = false
			r.open--
			n++
		}
	}
	for r.first < r.end && !r.ring[r.first&uint64(len(r.ring)-1)].open {
		r.first++
	}
	return n
}

// abandon gives up what is open, and returns how many there were.
func (r *requests) abandon() int64 {
	n := int64(r.open)
	r.epoch, r.first, r.open = r.end, r.end, 0
	return n
}
