package feed

// kept is a published message in the ring.
type kept struct {
	prev   uint64
	frame  []byte // as published
	stream stream
	tick   uint32 // of the clock when it was published
	data   uint8  // where in the frame the data begins
}

// keptSize is what an entry costs beside its frame.
const keptSize = 48

// minRing is the number of entries that a ring does not shrink below.
const minRing = 64

// ring holds an origin's newest messages, numbered without a hole. It grows and
// shrinks with what it holds; the newest message is always held.
type ring struct {
	slots       []kept // a power of two; number n is at n % len
	head        uint64 // newest number, 0: none yet
	n           int
	bytes       int
	maxMessages int
	maxBytes    int
}

// oldest is the number from which on all is held.
func (r *ring) oldest() uint64 { return r.head + 1 - uint64(r.n) }

func (r *ring) at(number uint64) *kept { return &r.slots[number&uint64(len(r.slots)-1)] }

// push adds the next message.
func (r *ring) push(k kept) {
	if r.n == len(r.slots) {
		r.resize(max(minRing, 2*len(r.slots)))
	}
	r.head++
	r.n++
	*r.at(r.head) = k
	r.bytes += len(k.frame) + keptSize
	for r.n > 1 && (r.n > r.maxMessages || r.bytes > r.maxBytes) {
		r.drop()
	}
}

// drop forgets the oldest message.
func (r *ring) drop() {
	k := r.at(r.oldest())
	r.bytes -= len(k.frame) + keptSize
	*k = kept{}
	r.n--
}

// expire forgets what was published before tick, and memory no longer needed.
func (r *ring) expire(tick uint32) {
	for r.n > 0 && int32(r.at(r.oldest()).tick-tick) < 0 {
		r.drop()
	}
	size := len(r.slots)
	for size > minRing && r.n <= size/4 {
		size /= 2
	}
	if size < len(r.slots) {
		r.resize(size)
	}
}

func (r *ring) resize(size int) {
	old := *r
	r.slots = make([]kept, size)
	for n := r.oldest(); n <= r.head && r.n > 0; n++ {
		*r.at(n) = *old.at(n)
	}
}
