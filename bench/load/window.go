package load

// window is what a client has got of one sender: how many, up to where, and which
// of the last 64.
type window struct {
	high, got uint32
	recent    uint64 // bit i: high-i has come
}

// sight is what a sequence number tells.
type sight uint8

const (
	fresh sight = iota
	late        // new, but behind one that was sent after it
	double
)

// see takes a sequence number, which begin with 1. One that is behind by more
// than is remembered counts as a double, and so as a loss too: a fault is never
// made up for by another.
func (w *window) see(seq uint32) sight {
	if seq > w.high {
		w.recent = w.recent<<min(uint64(seq-w.high), 64) | 1
		w.high = seq
		w.got++
		return fresh
	}
	behind := w.high - seq
	if seq == 0 || behind >= 64 || w.recent>>behind&1 == 1 {
		return double
	}
	w.recent |= 1 << behind
	w.got++
	return late
}
