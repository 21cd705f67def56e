package feed

import "time"

// Peer is another worker as last heard of.
type Peer struct {
	Origin Origin
	Alive  bool
	Heard  time.Time // its last beat or message
	Behind bool      // its messages are being pulled from its ring
}

// peer is what this worker knows of another one's life. Guarded by inbox.mu.
type peer struct {
	origin Origin
	alive  bool
	heard  time.Time
	silent int // own ticks since

	seen     uint64 // newest number heard of
	pos      uint64 // all up to it that is wanted was handled
	verified uint64 // the same, confirmed by a beat or an answer
	last     map[stream]last
	beat     uint64 // newest beat
	known    bool   // beat is set
	mark     uint64 // joins up to this one were complete when verified was set

	behind   bool   // live messages are passed over, the ring is pulled
	waiting  bool   // for room in the queue, or for its turn, before it asks
	asked    uint32 // id of the newest request under way, 0: none
	since    uint32 // id of the oldest that asks for the same
	sure     uint32 // id of the oldest whose answer may be final: no gap followed
	askedAt  time.Time
	tries    int
	askMark  uint64    // inbox.marks at the oldest
	redo     uint64    // the answer is of no use beyond: a join followed the request
	progress time.Time // when the last answer came
	lost     uint64    // while behind

	queued, told bool // of its state: in the queue; told alive. Guarded by inbox.mu
}

// keepLast is the size of peer.last beyond which its memory is given back.
const keepLast = 256

// last is the newest number of a stream that was handled since verified, or one
// that is older than the join.
type last struct {
	number uint64
	joined bool // nothing was received since the join
}

// newest is the newest number of the stream that was handled.
func (p *peer) newest(s stream) uint64 { return max(p.last[s].number, p.verified) }

// note marks a message as handled, and with it all before.
func (p *peer) note(m message) {
	p.pos = m.number
	p.set(m.stream, last{number: m.number})
}

func (p *peer) set(s stream, l last) {
	if p.last == nil {
		p.last = make(map[stream]last)
	}
	p.last[s] = l
}

// verify marks everything up to number as handled.
func (p *peer) verify(number, mark uint64) {
	p.pos, p.verified, p.mark = number, number, mark
	if len(p.last) > keepLast {
		p.last = nil
	} else {
		clear(p.last)
	}
}
