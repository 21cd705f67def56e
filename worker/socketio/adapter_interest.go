package socketio

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker/feed"
)

const (
	// joinRetry is the pause after a join that failed.
	joinRetry = time.Second
	// lingerInterest is how long a bucket stays joined after its last room, in
	// case there is another soon. It is looked at as often.
	lingerInterest = 30 * time.Second
)

// interest keeps this worker's end of the feed joined to the buckets of its
// rooms. Each room of the worker, and each Join on its way, wants its bucket.
//
// Its lock is held for a few instructions, at the beginning and end of rooms;
// the feed is never called with it.
type interest struct {
	feed   *feed.Feed
	logger *slog.Logger
	linger time.Duration

	ctx    context.Context
	cancel context.CancelFunc
	owned  sync.WaitGroup

	mu      sync.Mutex
	buckets map[uint16]*bucket
	closed  bool
}

type bucket struct {
	wants   int
	joined  chan struct{} // closed once the feed has joined
	done    bool          // that it is closed
	leaving bool
	unused  time.Time // since when, if wants is 0
}

func newInterest(f *feed.Feed, logger *slog.Logger) *interest {
	i := &interest{feed: f, logger: logger, linger: lingerInterest, buckets: make(map[uint16]*bucket)}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	return i
}

// start begins to give up what is not wanted any more.
func (i *interest) start() {
	i.owned.Go(func() {
		t := time.NewTicker(i.linger)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				i.sweep(time.Now())
			case <-i.ctx.Done():
				return
			}
		}
	})
}

func (i *interest) close() {
	i.mu.Lock()
	i.closed = true
	i.mu.Unlock()
	i.cancel()
	i.owned.Wait()
}

// want adds a want. It does not wait: the channel is closed once the bucket is
// joined.
func (i *interest) want(n uint16) <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.buckets[n]
	if b == nil {
		b = &bucket{joined: make(chan struct{})}
		i.buckets[n] = b
		i.join(n, b)
	}
	b.wants++
	return b.joined
}

// unwant takes a want back.
func (i *interest) unwant(n uint16) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.buckets[n]
	if b.wants--; b.wants == 0 {
		b.unused = time.Now()
	}
}

// join begins to join a bucket, for as long as it takes. mu is held.
func (i *interest) join(n uint16, b *bucket) {
	if i.closed {
		return
	}
	i.owned.Go(func() {
		if !i.persist(n) {
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		b.done = true
		close(b.joined)
	})
}

// persist joins a bucket, and reports false at the end of the server. A feed
// without a bus waits for one; an error is something else.
func (i *interest) persist(n uint16) bool {
	for {
		err := i.feed.Join(i.ctx, n)
		if err == nil {
			return true
		}
		if i.ctx.Err() != nil || errors.Is(err, feed.ErrClosed) {
			return false
		}
		i.logger.Error("rooms of this worker do not hear others yet", "bucket", n, "error", err)
		select {
		case <-time.After(joinRetry):
		case <-i.ctx.Done():
			return false
		}
	}
}

// sweep leaves the buckets that have been unused for long.
func (i *interest) sweep(now time.Time) {
	i.mu.Lock()
	var leave []uint16
	for n, b := range i.buckets {
		if b.wants == 0 && b.done && now.Sub(b.unused) >= i.linger {
			// Who wants it from here on waits for it to be joined anew.
			b.leaving, b.done, b.joined = true, false, make(chan struct{})
			leave = append(leave, n)
		}
	}
	i.mu.Unlock()
	for _, n := range leave {
		i.feed.Leave(n)
		i.mu.Lock()
		b := i.buckets[n]
		b.leaving = false
		if b.wants > 0 {
			i.join(n, b)
		} else {
			delete(i.buckets, n)
		}
		i.mu.Unlock()
	}
}
