package worker

import "github.com/ioserver/ioserver/worker/loop"

// The bus may lose a message without anybody's being told: where two of its
// servers lose each other for less time than it takes to forget a machine. So
// what has heard nothing for a while asks.

// watch has Expire look after what is under way.
func (r *relay) watch() {
	if !r.sweep.Armed() {
		r.loop.Arm(&r.sweep, r.loop.Now().Add(r.times.sweep), r)
	}
}

// Expire looks for what has heard nothing for a while.
func (r *relay) Expire(*loop.Timer) {
	r.sweepQuestions()
	r.sweepTunnels()
	for _, from := range r.bus.gather.expire() {
		r.bus.refused.Add(1)
		r.refuse(from)
	}
	if len(r.waiting)+len(r.tunnels)+len(r.bus.gather.partial) > 0 {
		r.watch()
	}
}

// sweepQuestions asks after those that have waited for a sweep, and gives up
// those that were never answered.
func (r *relay) sweepQuestions() {
	now := r.loop.Now()
	for number, q := range r.waiting {
		switch age := now.Sub(q.asked); {
		case age > r.patience:
			r.lost.Add(1)
			r.settle(number, unavailable())
			r.way(q.to).cancel(number) // or what has come of it would stay there
		case age >= r.times.sweep && q.to.life != 0 && q.sent.Load() && !q.doubted:
			q.doubted = true
			r.bus.still(number, q)
		}
	}
}

// sweepTunnels asks homes that say nothing, not even pings: one's farewell may be
// what was lost, and a client that is silent too would stay for ever. A home has
// its session's heartbeat.
func (r *relay) sweepTunnels() {
	now := r.loop.Now()
	for _, t := range r.tunnels {
		if t.carrier && !t.opening && now.Sub(t.spoken) > r.times.silence {
			t.probe(true)
		}
	}
}
