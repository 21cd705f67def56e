package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// farewellDeadline bounds the good-bye of a polling client.
const farewellDeadline = 5 * time.Second

// live leads one connection from its opening to its end, and tells why it
// ended and whether it had joined.
func (c *Client) live() (joined bool, err error) {
	l, err := open(c.ctx, &c.o)
	if err != nil {
		return false, err
	}
	defer c.leave()
	if c.o.Revision == 4 {
		_ = l.send("40") // an error is the link's end, which listen sees
	}
	err = c.listen(l, &joined)
	if c.ctx.Err() != nil {
		c.sayGoodbye(l)
	}
	l.close(err)
	return joined, err
}

// sayGoodbye has the server forget a polling session now, not at its ping
// timeout.
func (c *Client) sayGoodbye(l *link) {
	l.sending.Lock()
	defer l.sending.Unlock()
	if l.ws != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewellDeadline)
	defer cancel()
	_ = l.post(ctx, []string{"1"}) // or else the ping timeout it is
}

// listen handles what arrives, until the end.
func (c *Client) listen(l *link, joined *bool) error {
	silent := time.NewTimer(l.silence())
	defer silent.Stop()
	beat := time.NewTicker(time.Duration(max(l.opened.PingInterval, 1)) * time.Millisecond)
	defer beat.Stop()
	for {
		select {
		case p := <-l.in:
			silent.Reset(l.silence())
			if err := c.packet(l, p, joined); err != nil {
				return err
			}
		case <-beat.C:
			if c.o.Revision == 3 {
				_ = l.send("2")
			}
		case <-silent.C:
			return ErrSilent
		case <-l.ctx.Done():
			return c.rest(l, joined)
		}
	}
}

// rest handles what had arrived before the end: a dismissal, it may be.
func (c *Client) rest(l *link, joined *bool) error {
	for {
		select {
		case p := <-l.in:
			if err := c.packet(l, p, joined); err != nil {
				return err
			}
		default:
			return context.Cause(l.ctx)
		}
	}
}

// packet handles one Engine.IO packet.
func (c *Client) packet(l *link, p string, joined *bool) error {
	if p == "" {
		return fmt.Errorf("%w: empty", errUnexpected)
	}
	switch p[0] {
	case '1':
		return ErrEnded
	case '2':
		_ = l.send("3" + p[1:]) // an error is the link's end, which listen sees
		return nil
	case '3', '6':
		return nil
	case '4':
		return c.message(l, p[1:], joined)
	}
	return fmt.Errorf("%w: %.60q", errUnexpected, p)
}

// message handles one Socket.IO packet.
func (c *Client) message(l *link, m string, joined *bool) error {
	if m == "" {
		return fmt.Errorf("%w: empty message", errUnexpected)
	}
	switch m[0] {
	case '0':
		*joined = true
		c.enter(l)
		return nil
	case '1':
		return ErrDismissed
	case '2', '3':
		return c.event(m)
	}
	return fmt.Errorf("%w: %.200q", errUnexpected, m)
}

func (c *Client) event(m string) error {
	digits := len(m) - 1 - len(strings.TrimLeft(m[1:], "0123456789"))
	var args []json.RawMessage
	if err := json.Unmarshal([]byte(m[1+digits:]), &args); err != nil {
		return fmt.Errorf("event %.60q: %w", m, err)
	}
	if m[0] == '3' {
		id, err := strconv.ParseUint(m[1:1+digits], 10, 64)
		if err != nil {
			return fmt.Errorf("acknowledgement %.60q: %w", m, err)
		}
		c.mu.Lock()
		answer := c.acks[id]
		delete(c.acks, id)
		c.mu.Unlock()
		if answer != nil {
			answer <- args
		}
		return nil
	}
	var name string
	if len(args) == 0 || json.Unmarshal(args[0], &name) != nil {
		return fmt.Errorf("event without a name: %.60q", m)
	}
	if c.o.Event != nil {
		c.o.Event(name, args[1:])
	}
	return nil
}

func encodeEvent(id, event string, args []any) (string, error) {
	b, err := json.Marshal(append([]any{event}, args...))
	if err != nil {
		return "", err
	}
	return "42" + id + string(b), nil
}
