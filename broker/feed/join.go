package feed

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ioserver/ioserver/broker"
)

// interest are the subscriptions of a Feed. Its lock covers subscribing, which
// may wait for a dial; inbox.mu is taken within it.
type interest struct {
	mu      sync.Mutex
	buckets map[uint16]broker.Subscription
	joined  atomic.Int64          // len(buckets), for Stats, which does not wait
	fixed   []broker.Subscription // All and this worker's own
	closed  bool
}

// Join returns when every message that anyone publishes to the bucket from now
// on reaches the handler; or with ctx's error, after which the bucket is not
// joined if it was not before. It waits while there is no server. Counting
// references, and calling Join and Leave of one bucket one at a time, is the
// caller's business: Join of a joined bucket only waits. Not to be called by a
// handler.
func (f *Feed) Join(ctx context.Context, bucket uint16) error {
	if bucket > All {
		return ErrBadBucket
	}
	join, err := f.subscribe(bucket)
	if err != nil {
		return err
	}
	if join == 0 {
		err = f.b.Flush(ctx)
	} else {
		err = f.b.Sync(ctx, func() { f.in.complete(bucket, join) })
	}
	if err == nil { // this worker's server knows; where there are others, they must, too
		err = f.confirms.await(ctx)
	}
	if err != nil && join != 0 {
		f.Leave(bucket)
	}
	return err
}

// subscribe returns the join's mark, 0: the bucket was joined before.
func (f *Feed) subscribe(bucket uint16) (join uint64, err error) {
	f.interest.mu.Lock()
	defer f.interest.mu.Unlock()
	if f.interest.closed {
		return 0, ErrClosed
	}
	if bucket == All || f.interest.buckets[bucket] != nil {
		return 0, nil
	}
	join = f.in.join(bucket)
	s, err := f.b.Subscribe(f.subjects.of(bucketStream(bucket)), f.receive)
	if err != nil {
		f.in.leave(bucket)
		return 0, fmt.Errorf("feed: join bucket %d: %w", bucket, err)
	}
	f.interest.buckets[bucket] = s
	f.interest.joined.Add(1)
	return join, nil
}

// Leave ends a Join.
func (f *Feed) Leave(bucket uint16) {
	f.interest.mu.Lock()
	defer f.interest.mu.Unlock()
	s := f.interest.buckets[bucket]
	if s == nil {
		return
	}
	delete(f.interest.buckets, bucket)
	f.interest.joined.Add(-1)
	f.in.leave(bucket)
	s.Unsubscribe() // fails only on a broker that is closed
}

// join is the inbox's part, before the subscription is made.
func (x *inbox) join(bucket uint16) (join uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.joins++
	join = x.joins | joining
	x.joined.set(bucket, true)
	x.mark[bucket] = join
	s := bucketStream(bucket)
	for _, p := range x.peers {
		if !p.alive && !p.behind {
			continue // what it says when it is back is newer, or unknown to us
		}
		p.set(s, last{number: p.seen, joined: true}) // what we have heard of is older
		// While we pull, live messages are passed over, and a request that is
		// under way does not name the bucket.
		if p.behind && p.asked != 0 {
			p.redo = min(p.redo, p.seen)
		}
	}
	return join
}

// complete is called among the messages, behind all that the server sent before
// it knew of the subscription: later beats tell what is missing of the bucket.
func (x *inbox) complete(bucket uint16, join uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.joined.has(bucket) && x.mark[bucket] == join { // not left meanwhile
		x.marks++
		x.mark[bucket] = x.marks
	}
}

func (x *inbox) leave(bucket uint16) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.joined.set(bucket, false)
}

// close ends all subscriptions.
func (n *interest) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, s := range n.fixed {
		s.Unsubscribe() // fails only on a broker that is closed
	}
	for _, s := range n.buckets {
		s.Unsubscribe()
	}
	n.fixed, n.buckets = nil, nil
	n.joined.Store(0)
}
