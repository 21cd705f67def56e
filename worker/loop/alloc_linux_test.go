package loop_test

import (
	"io"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// Neither a post, nor bytes there and back, nor a timer put off allocates.
func TestSteadyStateAllocations(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	peer.SetDeadline(time.Time{})
	buf := make([]byte, 64)
	attach(t, l, fd, &handler{data: func(c *loop.Conn, b []byte) { c.Write(buf) }})
	in, posted := make([]byte, 64), make(ping, 1)
	timer := &putOff{l: l}
	for name, f := range map[string]func(){
		"post": func() { l.Post(posted); <-posted },
		"echo": func() {
			if _, err := peer.Write(in); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(peer, in); err != nil {
				t.Fatal(err)
			}
		},
		"timer": func() { l.Post(timer); l.Post(posted); <-posted },
	} {
		if n := testing.AllocsPerRun(500, f); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	on(t, l, func() { l.Disarm(&timer.timer) })
}

// putOff is a task that arms a timer, again and again.
type putOff struct {
	l     *loop.Loop
	timer loop.Timer
}

func (p *putOff) Run() { p.l.Arm(&p.timer, p.l.Now().Add(time.Minute), expirer(nil)) }
