package master

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// startWorker puts a process into an empty slot. When it cannot, it is tried again like one that died.
func (r *run) startWorker(s *slot) {
	s.pause.at = time.Time{}
	hello := fdpass.Hello{
		Role: fdpass.RoleWorker, Slot: s.index, Listeners: r.addresses, API: r.door.api, Bus: r.bus, Config: r.options.Worker,
		Turnstile: r.turnstile != nil,
	}
	files := []int{s.read.Descriptor()}
	for _, other := range r.slots {
		files = append(files, other.write.Descriptor())
		if other != s && other.ready() {
			hello.Peers = append(hello.Peers, fdpass.Peer{Slot: other.index, Life: other.child.life, Up: true})
		}
	}
	files = append(files, int(s.estate.Fd()))
	if r.turnstile != nil {
		files = append(files, r.turnstile.Descriptor())
	}
	c, err := r.start(fmt.Sprintf("worker %d", s.index), s, hello, files)
	if err != nil {
		pause := s.pause.died(time.Time{}, time.Now())
		r.log.Error("worker not started", "slot", s.index, "error", err.Error(), "next", pause)
		return
	}
	s.child = c
	r.log.Debug("worker started", "slot", s.index, "pid", c.process.Pid(), "life", c.life)
}

// workerReady: its slot serves from now on.
func (r *run) workerReady(c *child) {
	c.slot.up()
	r.log.Log(context.Background(), r.servesLevel(), "worker serves", "slot", c.slot.index, "pid", c.process.Pid())
	r.tellWorkers(fdpass.Peer{Slot: c.slot.index, Life: c.life, Up: true}, c)
	r.door.flush(c.slot)
	r.allServing()
	r.replaced(c.slot)
}

// servesLevel keeps the start short in the log: Started tells of it all.
func (r *run) servesLevel() slog.Level {
	if r.started {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// allServing says once that every slot serves.
func (r *run) allServing() {
	if r.started {
		return
	}
	for _, s := range r.slots {
		if !s.ready() {
			return
		}
	}
	r.started = true
	r.board.Master().State.Store(uint32(scoreboard.Serving))
	if r.options.Started != nil {
		r.options.Started(Started{
			Addresses: r.addresses[:r.door.api], API: r.addresses[r.door.api:], Workers: len(r.slots), Took: time.Since(r.began),
		})
	}
}

// workerGone: the others learn of it, and a new one takes its place.
func (r *run) workerGone(c *child, status string) {
	s, now := c.slot, time.Now()
	s.down(now)
	r.door.ledger.died(s.index)
	r.tellWorkers(fdpass.Peer{Slot: s.index, Life: c.life}, nil)
	if r.stopping() {
		return
	}
	if c.replaced {
		r.replacing.killAt = time.Time{}
		r.startWorker(s)
		return
	}
	pause := s.pause.died(c.readyAt, now)
	r.log.Error("worker died", "slot", s.index, "pid", c.process.Pid(), "status", status, "served", !c.readyAt.IsZero(), "next", pause)
	c.row.Respawns.Add(1)
	if pause == 0 {
		r.startWorker(s)
	}
}
