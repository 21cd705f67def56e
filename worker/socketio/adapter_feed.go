package socketio

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
)

// feedAdapter is the Adapter over a feed. Rooms are hashed to the feed's
// buckets.
type feedAdapter struct {
	feed     *feed.Feed
	interest *interest
}

// NewFeedAdapter returns the Adapter over a feed, which must not have been
// started; Close closes it. Of what package feed says to be lost, or of
// uncertain order, a server's messages are. What goes wrong with the bus for
// good is logged; a nil logger is slog.Default.
func NewFeedAdapter(f *feed.Feed, logger *slog.Logger) Adapter {
	if logger == nil {
		logger = slog.Default()
	}
	return &feedAdapter{feed: f, interest: newInterest(f, logger)}
}

func (a *feedAdapter) Home() sid.Home { return homeOf(a.feed.Origin()) }

func homeOf(o feed.Origin) sid.Home { return sid.Home{Node: o.Node, Slot: o.Slot} }

func peerOf(o feed.Origin) Peer { return Peer{Home: homeOf(o), Life: o.Life} }

func (a *feedAdapter) Start(r Receiver) error {
	a.feed.Handle(func(d feed.Delivery) { r.Receive(peerOf(d.Origin), d.Data) })
	a.feed.OnPeer(func(o feed.Origin, alive bool) { r.PeerChanged(peerOf(o), alive) })
	if err := a.feed.Start(); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	a.interest.start()
	return nil
}

func (a *feedAdapter) Want(namespace, room string) <-chan struct{} {
	return a.interest.want(feed.BucketOf(namespace, room))
}

func (a *feedAdapter) Unwant(namespace, room string) {
	a.interest.unwant(feed.BucketOf(namespace, room))
}

func (a *feedAdapter) Publish(namespace string, rooms []string, data []byte) error {
	return feedError(a.feed.Publish(commonBucket(namespace, rooms), data))
}

// commonBucket is the bucket of all the rooms, or feed.All where there is none.
func commonBucket(namespace string, rooms []string) uint16 {
	common := feed.All
	for i, name := range rooms {
		bucket := feed.BucketOf(namespace, name)
		if i > 0 && bucket != common {
			return feed.All
		}
		common = bucket
	}
	return common
}

func (a *feedAdapter) Direct(to sid.Home, data []byte) error {
	return feedError(a.feed.Direct(to.Node, to.Slot, data))
}

// feedError gives errors the names that they have here.
func feedError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, feed.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, feed.ErrClosed):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

func (a *feedAdapter) Peers() []Peer {
	var alive []Peer
	for _, p := range a.feed.Peers() {
		if p.Alive {
			alive = append(alive, peerOf(p.Origin))
		}
	}
	return alive
}

func (a *feedAdapter) Met() <-chan struct{} { return a.feed.Met() }

func (a *feedAdapter) Close() error {
	a.interest.close()
	return a.feed.Close()
}
