package master

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// child is one started process. It belongs to run, but for its watchers.
type child struct {
	slot    *slot // nil: the broker
	life    uint64
	node    uint16 // the machine's number, as it was told
	process process
	control *fdpass.Control
	row     *scoreboard.Row
	ready   bool
	readyAt time.Time
	pulse   // a worker's

	replaced bool // it was asked to end, to make place for its successor
}

// who names c in a line of the log.
func (c *child) who() slog.Attr {
	if c.slot == nil {
		return slog.String("role", string(fdpass.RoleBroker))
	}
	return slog.Int("slot", c.slot.index)
}

// start starts a process and greets it. files are what it inherits beside its control channel and the scoreboard.
func (r *run) start(name string, s *slot, hello fdpass.Hello, files []int) (*child, error) {
	ours, theirs, err := fdpass.Pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	c := &child{slot: s, life: r.nextLife(), node: r.node, control: fdpass.NewControl(ours), row: r.board.Broker()}
	if s != nil {
		c.row = r.board.Slot(s.index)
	}
	hello.Magic, hello.Life, hello.IDKey, hello.Slots = fdpass.Magic, c.life, r.idKey, len(r.slots)
	hello.Node, hello.Boot, hello.Began = c.node, r.boot, r.began
	if err := c.control.Send(hello); err != nil { // before it runs: it is there when first asked for
		return nil, errors.Join(err, c.control.Close())
	}
	files = append([]int{theirs.Descriptor(), r.board.Descriptor()}, files...)
	c.row.Begin(c.life, time.Now().UnixNano())
	c.process, err = r.system.start(fmt.Sprintf("%s: %s", r.options.Program, name), files)
	if err != nil {
		c.row.End()
		return nil, errors.Join(err, c.control.Close())
	}
	c.row.PID.Store(uint64(c.process.Pid()))
	r.children[c] = struct{}{}
	r.watchers.Go(func() { r.follow(c) })
	return c, nil
}

// follow reports what c says and how it ends, in that order. A child whose control channel has ended cannot be reached any more: it is
// on its way out, or killed. A child that has ended says nothing more, whoever may still hold its end of the channel.
func (r *run) follow(c *child) {
	ended := make(chan string, 1)
	go func() {
		status := c.process.Wait()
		_ = c.control.EndReceive()
		ended <- status
	}()
	for {
		m, err := c.control.Receive()
		var bad *fdpass.BadMessage
		switch {
		case err == nil:
			r.post(func() { r.heard(c, m) })
			continue
		case errors.As(err, &bad):
			r.post(func() { r.log.Error("control message refused", c.who(), "error", bad.Error()) })
			continue
		case err != io.EOF:
			r.post(func() { r.log.Error("control channel failed", c.who(), "error", err.Error()) })
		}
		break
	}
	status := c.leave(ended)
	r.post(func() { r.gone(c, status) })
}

// leave waits for the end of a child that has closed its channel, as the last thing but writing its log, and kills one that stays.
func (c *child) leave(ended <-chan string) (status string) {
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	select {
	case status = <-ended:
		return status
	case <-late.C:
		c.process.Kill()
		return <-ended
	}
}

// tell sends c a message. A child that has left hundreds unread is stuck, and is killed.
func (r *run) tell(c *child, message any) {
	err := c.control.Send(message)
	switch {
	case err == nil, errors.Is(err, fdpass.ErrGone): // its end is about to be heard
	case errors.Is(err, fdpass.ErrFull):
		r.log.Error("child does not listen, killing it", c.who(), "pid", c.process.Pid())
		c.process.Kill()
	default:
		r.log.Error("control message not sent", c.who(), "error", err.Error())
	}
}

// tellWorkers sends a message to all workers but one, which may be nil.
func (r *run) tellWorkers(message any, but *child) {
	for _, s := range r.slots {
		if s.child != nil && s.child != but {
			r.tell(s.child, message)
		}
	}
}
