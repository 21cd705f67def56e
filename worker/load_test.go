package worker_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// The master hears of sessions whenever they begin and end, also on a
// connection that came long before.
func TestLoad(t *testing.T) {
	n := begin(t)
	n.start(0)
	c := n.connect(0, time.Now())
	n.loaded(0, fdpass.Load{Accepted: 1})
	q := c.open()
	n.loaded(0, fdpass.Load{Accepted: 1, Open: 1})
	c.open()
	n.loaded(0, fdpass.Load{Accepted: 1, Open: 2})
	c.request("POST", q, "1")
	c.expect(200, "ok")
	n.loaded(0, fdpass.Load{Accepted: 1, Open: 1})
}

// loaded waits until a worker reports this.
func (n *neighbours) loaded(number int, want fdpass.Load) {
	n.t.Helper()
	late := time.After(patience)
	for {
		select {
		case got := <-n.slots[number].loads:
			if got == want {
				return
			}
		case <-late:
			n.t.Fatalf("slot %d does not report %+v", number, want)
		}
	}
}
