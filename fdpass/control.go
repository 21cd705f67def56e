package fdpass

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Control is one side of the control channel between the master and a child. In a child it also knows the inherited scoreboard and
// inboxes.
// Send is safe for concurrent use; Receive is for one goroutine.
type Control struct {
	sender     *Sender
	receiver   *Receiver
	scoreboard int // -1: none
	inbox      *End
	outboxes   func(slots int) ([]*End, error)
	estate     func(slots int) int // nil: none
	turnstile  func(slots int) int // nil: none
}

// NewControl makes the master's side on e. Closing the Control closes e.
func NewControl(e *End) *Control {
	return &Control{sender: NewSender(e), receiver: NewReceiver(e), scoreboard: -1}
}

// NewChild makes a child's side: what Inherited returns, from ends at hand. The Control owns e; scoreboard (a descriptor, or -1), inbox
// and outboxes (of all slots, in order) pass to whoever asks for them.
func NewChild(e *End, scoreboard int, inbox *End, outboxes []*End) *Control {
	c := NewControl(e)
	c.scoreboard, c.inbox = scoreboard, inbox
	c.outboxes = func(int) ([]*End, error) { return outboxes, nil }
	return c
}

// WithEstate gives a child's side that NewChild made an estate too, whose descriptor passes to whoever asks for it.
func (c *Control) WithEstate(fd int) *Control {
	c.estate = func(int) int { return fd }
	return c
}

// WithTurnstile gives a child's side that NewChild made a turnstile too, whose descriptor passes to whoever asks for it.
func (c *Control) WithTurnstile(fd int) *Control {
	c.turnstile = func(int) int { return fd }
	return c
}

// Close closes the channel; the other side reads end of file. A Receive that waits returns ErrClosed.
func (c *Control) Close() error { return errors.Join(c.sender.Close(), c.receiver.Close()) }

// Send sends one of Hello, Peer, Bus, Reload, Stop, Ready, Load, Failed, NodeTaken. It never waits: ErrFull means that the other side has
// not read hundreds of messages.
func (c *Control) Send(message any) error {
	name := typeOf(message)
	if name == "" {
		return fmt.Errorf("control: cannot send a %T", message)
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("control %s: %w", name, err)
	}
	b, err := json.Marshal(envelope{Type: name, Body: body})
	if err != nil {
		return fmt.Errorf("control %s: %w", name, err)
	}
	if err := c.sender.Send(control, b, -1); err != nil {
		return fmt.Errorf("control %s: %w", name, err)
	}
	return nil
}

// Receive waits for the next message and returns one of the types that Send takes, by value. io.EOF: the other side has died (a
// child then ends at once); ErrClosed after Close; *BadMessage, after which the next can be received.
func (c *Control) Receive() (any, error) {
	m, err := c.receiver.Receive()
	if err != nil {
		return nil, err
	}
	if m.Kind != control {
		return nil, &BadMessage{Kind: m.Kind, Reason: "not a control message"}
	}
	return parseControl(m.Payload)
}

// EndReceive lets Receive return what has been sent so far, then io.EOF, whoever may still hold the other side.
func (c *Control) EndReceive() error { return c.receiver.endReceive() }

// Hello waits for the first message, which must be a Hello with the right magic.
func (c *Control) Hello() (Hello, error) {
	m, err := c.Receive()
	if err != nil {
		return Hello{}, fmt.Errorf("control: waiting for hello: %w", err)
	}
	h, ok := m.(Hello)
	if !ok || h.Magic != Magic {
		return Hello{}, errors.New("control: the first message is not a hello")
	}
	return h, nil
}

// Scoreboard is the descriptor of the inherited scoreboard, for scoreboard.Open; -1 where there is none. Ask once: the caller owns it.
func (c *Control) Scoreboard() int { return c.scoreboard }

// Estate is the descriptor of the slot's estate, for estate.Open; -1 where there is none. Ask once, with Hello.Slots: the caller owns it.
func (c *Control) Estate(slots int) int {
	if c.estate == nil {
		return -1
	}
	return c.estate(slots)
}

// Turnstile is the descriptor of the inherited turnstile, for turnstile.Open; -1 where there is none. Ask once, with Hello.Slots and only
// where Hello.Turnstile says that there is one: the caller owns it.
func (c *Control) Turnstile(slots int) int {
	if c.turnstile == nil {
		return -1
	}
	return c.turnstile(slots)
}

// Inbox is the worker's own inbox; the caller makes one Receiver of it and owns it. Nil for the broker and for the master.
func (c *Control) Inbox() *End { return c.inbox }

// Outboxes are the write ends of the inboxes of all slots, in order, the worker's own included. Call it once, with Hello.Slots;
// the caller owns and closes them.
func (c *Control) Outboxes(slots int) ([]*Sender, error) {
	if c.outboxes == nil {
		return nil, errors.New("control: no inboxes inherited")
	}
	ends, err := c.outboxes(slots)
	if err != nil {
		return nil, err
	}
	senders := make([]*Sender, len(ends))
	for i, e := range ends {
		senders[i] = NewSender(e)
	}
	return senders, nil
}

func typeOf(message any) string {
	switch message.(type) {
	case Hello:
		return "hello"
	case Peer:
		return "peer"
	case Bus:
		return "bus"
	case Reload:
		return "reload"
	case Stop:
		return "stop"
	case Ready:
		return "ready"
	case Load:
		return "load"
	case Failed:
		return "failed"
	case NodeTaken:
		return "node-taken"
	}
	return ""
}

func parseControl(b []byte) (any, error) {
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, &BadMessage{Kind: control, Reason: err.Error()}
	}
	switch e.Type {
	case "hello":
		return body[Hello](e)
	case "peer":
		return body[Peer](e)
	case "bus":
		return body[Bus](e)
	case "reload":
		return body[Reload](e)
	case "stop":
		return body[Stop](e)
	case "ready":
		return body[Ready](e)
	case "load":
		return body[Load](e)
	case "failed":
		return body[Failed](e)
	case "node-taken":
		return body[NodeTaken](e)
	}
	return nil, &BadMessage{Kind: control, Reason: fmt.Sprintf("unknown type %.40q", e.Type)}
}

func body[T any](e envelope) (any, error) {
	var m T
	if err := json.Unmarshal(e.Body, &m); err != nil {
		return nil, &BadMessage{Kind: control, Reason: e.Type + ": " + err.Error()}
	}
	return m, nil
}
