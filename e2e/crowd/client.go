package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Pauses before a client comes back, doubling; each is cut by a random part of
// up to a half, so that not all come at once.
const (
	firstPause   = 40 * time.Millisecond
	longestPause = 1 * time.Second
)

// Options of a client.
type Options struct {
	Kind
	Server string // host:port
	From   string // source address; loopback has all of 127.0.0.0/8
	// Returns has the client come back whenever its connection ends.
	Returns bool
	// Event is called with each event, on one goroutine of the client's; nil
	// for none.
	Event func(name string, args []json.RawMessage)
	// Down is called on the same goroutine when a connection that had joined
	// has ended; nil for nothing.
	Down func()
}

// Client is one client. Its methods may be called from any goroutine.
type Client struct {
	o      Options
	ctx    context.Context
	cancel context.CancelFunc
	over   chan struct{} // closed when the client's goroutine has ended

	mu      sync.Mutex
	link    *link         // joined, or nil
	joined  chan struct{} // closed while link is set
	acks    map[uint64]chan []json.RawMessage
	lastAck uint64
	ends    []End
	ended   chan struct{} // closed and replaced at every end
	joins   int
	lost    time.Time     // the end of the last connection that had joined
	absence time.Duration // the longest
}

// End is how a connection of a client ended.
type End struct {
	Joined bool // it had got as far as that
	Err    error
	At     time.Time
}

// Start starts a client and does not wait for it. The caller closes it.
func Start(o Options) *Client {
	c := &Client{o: o, over: make(chan struct{}), joined: make(chan struct{}), ended: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.run()
	return c
}

// Dial starts a client and waits until it has joined.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c := Start(o)
	if err := c.Joined(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("%v: %w", o.Kind, err)
	}
	return c, nil
}

// Kind is the client's.
func (c *Client) Kind() Kind { return c.o.Kind }

// From is the client's source address.
func (c *Client) From() string { return c.o.From }

// Joined waits until the client is connected and has joined. It returns early,
// with the reason, when a client that does not return has ended.
func (c *Client) Joined(ctx context.Context) error {
	c.mu.Lock()
	joined := c.joined
	c.mu.Unlock()
	select {
	case <-joined:
		return nil
	case <-c.over:
		return c.why()
	case <-ctx.Done():
		return fmt.Errorf("not joined: %w (%v)", ctx.Err(), c.why())
	}
}

// Ended waits until n connections of the client have ended. A Joined after
// that is a later one.
func (c *Client) Ended(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		ends, changed := len(c.ends), c.ended
		c.mu.Unlock()
		if ends >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d connections ended: %w", ends, n, ctx.Err())
		}
	}
}

// Ends are how its connections ended, in order.
func (c *Client) Ends() []End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]End(nil), c.ends...)
}

// Joins counts the times that it has joined.
func (c *Client) Joins() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.joins
}

// LongestAbsence is the longest time from the end of a connection that had
// joined until the client had joined again.
func (c *Client) LongestAbsence() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.absence
}

func (c *Client) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ends) == 0 {
		return nil
	}
	return c.ends[len(c.ends)-1].Err
}

// Emit sends an event.
func (c *Client) Emit(event string, args ...any) error {
	l, err := c.current()
	if err != nil {
		return err
	}
	packet, err := encodeEvent("", event, args)
	if err != nil {
		return err
	}
	return l.send(packet)
}

// Ask sends an event and waits for its acknowledgement's arguments. When the
// connection ends before, it returns why.
func (c *Client) Ask(ctx context.Context, event string, args ...any) ([]json.RawMessage, error) {
	l, err := c.current()
	if err != nil {
		return nil, err
	}
	answer := make(chan []json.RawMessage, 1)
	c.mu.Lock()
	c.lastAck++
	id := c.lastAck
	c.acks[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.acks, id)
	}()
	packet, err := encodeEvent(fmt.Sprint(id), event, args)
	if err != nil {
		return nil, err
	}
	if err := l.send(packet); err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		return a, nil
	case <-l.ctx.Done():
		return nil, fmt.Errorf("no answer to %s: %w", event, context.Cause(l.ctx))
	case <-ctx.Done():
		return nil, fmt.Errorf("no answer to %s: %w", event, ctx.Err())
	}
}

func (c *Client) current() (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return nil, ErrNotJoined
	}
	return c.link, nil
}

// Close ends the client and waits for it.
func (c *Client) Close() {
	c.cancel()
	<-c.over
}

// run leads one connection after the other.
func (c *Client) run() {
	defer close(c.over)
	pause := firstPause
	for {
		joined, err := c.live()
		if c.ctx.Err() != nil {
			return
		}
		if joined && c.o.Down != nil {
			c.o.Down()
		}
		c.mu.Lock()
		if joined {
			c.lost = time.Now()
		}
		c.ends = append(c.ends, End{joined, err, time.Now()})
		close(c.ended)
		c.ended = make(chan struct{})
		c.mu.Unlock()
		if !c.o.Returns {
			return
		}
		if joined {
			pause = firstPause
		}
		timer := time.NewTimer(pause - rand.N(pause/2))
		select {
		case <-timer.C:
		case <-c.ctx.Done():
			timer.Stop()
			return
		}
		pause = min(2*pause, longestPause)
	}
}

func (c *Client) enter(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link, c.acks = l, make(map[uint64]chan []json.RawMessage)
	c.joins++
	if !c.lost.IsZero() {
		c.absence = max(c.absence, time.Since(c.lost))
	}
	close(c.joined)
}

func (c *Client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != nil {
		c.link, c.joined = nil, make(chan struct{})
	}
}

// OnWebSocket reports whether packets are sent over a WebSocket now.
func (c *Client) OnWebSocket() bool {
	l, err := c.current()
	return err == nil && l.isWebSocket()
}
