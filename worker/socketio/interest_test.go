package socketio

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

func newTestInterest(t *testing.T) (*interest, *feed.Feed) {
	t.Helper()
	bus := broker.NewHub().Connect()
	f, err := feed.New(bus, feed.Options{Cluster: "test"})
	if err != nil {
		t.Fatal(err)
	}
	f.Handle(func(feed.Delivery) {})
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	i := newInterest(f, slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		i.close()
		_ = f.Close()
		_ = bus.Close()
	})
	return i, f
}

func confirm(t *testing.T, joined <-chan struct{}) {
	t.Helper()
	select {
	case <-joined:
	case <-time.After(patience):
		t.Fatal("not joined")
	}
}

// A bucket stays for a while after its last room, in case there is another.
func TestInterestLingers(t *testing.T) {
	i, f := newTestInterest(t)
	confirm(t, i.want(7))
	again := i.want(7)
	i.unwant(7)
	i.unwant(7)
	i.sweep(time.Now())
	if n := f.Stats().Joined; n != 1 {
		t.Errorf("%d buckets right after the last room, want 1", n)
	}
	if i.want(7) != again {
		t.Error("it was joined anew")
	}
	later := time.Now().Add(2 * lingerInterest)
	i.sweep(later)
	if n := f.Stats().Joined; n != 1 {
		t.Errorf("%d buckets while it is wanted, want 1", n)
	}
	i.unwant(7)
	i.sweep(later)
	if n := f.Stats().Joined; n != 0 {
		t.Errorf("%d buckets long after, want 0", n)
	}
	confirm(t, i.want(7))
	if n := f.Stats().Joined; n != 1 {
		t.Errorf("%d buckets when it is wanted again, want 1", n)
	}
}

// Whoever holds a want that was confirmed has the bucket, however many come
// and go while buckets are left.
func TestInterestRaces(t *testing.T) {
	i, f := newTestInterest(t)
	i.linger = 0
	stop := make(chan struct{})
	var sweeper, all sync.WaitGroup
	sweeper.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				i.sweep(time.Now())
			}
		}
	})
	const buckets = 4
	for range 4 {
		all.Go(func() {
			for range 300 {
				n := uint16(rand.IntN(buckets))
				confirm(t, i.want(n))
				i.unwant(n)
			}
		})
	}
	all.Wait()
	for n := range uint16(buckets) {
		confirm(t, i.want(n))
	}
	close(stop)
	sweeper.Wait()
	if n := f.Stats().Joined; n != buckets {
		t.Errorf("%d buckets joined, want %d", n, buckets)
	}
	for n := range uint16(buckets) {
		i.unwant(n)
	}
	i.sweep(time.Now())
	if n := f.Stats().Joined; n != 0 {
		t.Errorf("%d buckets left", n)
	}
}
