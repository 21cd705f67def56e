package feed

import "sync/atomic"

// Stats are counters since New, but for the last five.
type Stats struct {
	Published, PublishedBytes uint64 // Publish and Direct
	Deferred                  uint64 // not taken by the broker, left to the ring
	Delivered, DeliveredBytes uint64 // handed to the handler
	Direct                    uint64 // of Delivered: direct messages
	Duplicates                uint64 // dropped: seen before
	Passed                    uint64 // dropped live, because the origin's ring is being pulled
	Gaps                      uint64 // times something was found missing
	Interruptions             uint64 // of this worker's connection
	QueueOverflows            uint64 // times the handler was too slow
	Replayed                  uint64 // of Delivered: pulled from a ring
	ReplayRequests            uint64 // sent to others
	ReplayAnswers             uint64 // sent to others
	Lost                      uint64 // gaps given up, each at least one message
	Malformed                 uint64 // bus messages that do not parse, dropped
	Stale                     uint64 // bus messages of earlier lives, dropped
	Beats                     uint64 // sent
	Questions                 uint64 // sent for Joins, where there are several servers
	Unconfirmed               uint64 // servers whose word Joins went on without

	Peers, Joined, RingMessages, RingBytes, Queued int
}

// delivered counts on the delivery goroutine.
type delivered struct {
	messages, bytes, direct atomic.Uint64
}

// Stats is a snapshot of the counters. It never waits for a server.
func (f *Feed) Stats() Stats {
	f.out.mu.Lock()
	s := f.out.stats
	s.RingMessages, s.RingBytes = f.out.ring.n, f.out.ring.bytes
	f.out.mu.Unlock()
	s.Questions, s.Unconfirmed = f.confirms.questions.Load(), f.confirms.unconfirmed.Load()
	s.Joined = int(f.interest.joined.Load())
	f.in.mu.Lock()
	x := f.in.stats
	for _, p := range f.in.peers {
		if p.alive {
			s.Peers++
		}
	}
	f.in.mu.Unlock()
	s.Duplicates, s.Passed, s.Gaps, s.Interruptions = x.Duplicates, x.Passed, x.Gaps, x.Interruptions
	s.QueueOverflows, s.Replayed, s.ReplayRequests = x.QueueOverflows, x.Replayed, x.ReplayRequests
	s.Lost, s.Malformed, s.Stale = x.Lost, x.Malformed, x.Stale
	s.Delivered, s.DeliveredBytes, s.Direct = f.delivered.messages.Load(), f.delivered.bytes.Load(), f.delivered.direct.Load()
	s.Queued = int(f.queue.messages.Load())
	return s
}
