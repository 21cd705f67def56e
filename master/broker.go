package master

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// prepareBus makes up the credentials of the embedded bus server. They live as long as the master, and travel only over control
// channels.
func (r *run) prepareBus() {
	r.bus = r.options.Bus
	if r.options.Embedded != nil {
		r.bus.User, r.bus.Password = "worker-"+rand.Text(), rand.Text()
	}
}

// startBroker starts the embedded bus server. Its Hello carries the credentials it is to ask for, and in URLs the address that it had
// before, which it takes again if it can.
func (r *run) startBroker() {
	r.brokerPause.at = time.Time{}
	hello := fdpass.Hello{Role: fdpass.RoleBroker, Bus: r.bus, Config: r.options.Embedded}
	c, err := r.start("broker", nil, hello, nil)
	if err != nil {
		pause := r.brokerPause.died(time.Time{}, time.Now())
		r.log.Error("broker not started", "error", err.Error(), "next", pause)
		return
	}
	r.broker = c
}

// brokerReady: workers hear of its address.
func (r *run) brokerReady(c *child, addr string) {
	r.bus.URLs = []string{addr}
	r.log.Log(context.Background(), r.servesLevel(), "broker serves", "pid", c.process.Pid())
	r.tellWorkers(r.bus, nil)
}

// brokerGone: a new one takes its place. Workers go on by themselves meanwhile.
func (r *run) brokerGone(c *child, status string) {
	r.broker = nil
	if r.stopping() {
		return
	}
	pause := r.brokerPause.died(c.readyAt, time.Now())
	r.log.Error("broker died", "pid", c.process.Pid(), "status", status, "next", pause)
	c.row.Respawns.Add(1)
	if pause == 0 {
		r.startBroker()
	}
}
