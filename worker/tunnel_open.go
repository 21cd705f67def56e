package worker

import (
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

// carry takes a client's connection for a session of another node, with what was
// read from it. It owns the descriptor. Any goroutine but the loop's.
func (r *relay) carry(id string, to station, fd int, unread []byte, client fdpass.Addr) {
	if !r.loop.Post(loop.Func(func() { r.openTunnel(id, to, fd, unread, client) })) {
		r.guests.closing(fd)
		closeDescriptor(fd)
	}
}

func (r *relay) openTunnel(id string, to station, fd int, unread []byte, client fdpass.Addr) {
	t := &tunnel{relay: r, id: id, name: r.self, to: to, carrier: true, opening: true, credit: tunnelWindow}
	t.name.id = r.numbers.Add(1)
	conn, err := r.loop.Attach(fd, t)
	if err != nil {
		r.logger.Warn("take an upgrade's connection", "error", err)
		return
	}
	t.conn = conn
	r.enter(t)
	r.tunnelStats.carried.Add(1)
	switch {
	case r.stopping:
		t.abort(closedByStop)
	case !r.there(to): // nobody will tell again that it has gone
		t.abort(closedByDeath)
	case len(unread) > openBytes:
		t.abort(closedByExcess)
	default:
		r.loop.Arm(&t.timer, r.loop.Now().Add(r.times.opening), t)
		t.push(append(fdpass.AppendAddr(t.frame(frameOpen), client), unread...))
	}
}

func (r *relay) enter(t *tunnel) {
	r.tunnels[t.name] = t
	r.tunnelStats.open.Add(1)
	t.spoken = r.loop.Now()
	r.watch()
}

// serveTunnel makes a connection of what another node's carrier opens, and gives
// it to the front.
func (r *relay) serveTunnel(a *arrival) {
	f := a.frame
	t := &tunnel{relay: r, name: f.asker(), to: f.from, heard: 1, credit: tunnelWindow}
	if r.tunnels[t.name] != nil {
		return // a number used twice: not from a worker of ours
	}
	if a.lost {
		t.say(append(t.frame(frameClose), byte(closedByExcess)))
		return
	}
	front, err := t.pair()
	if err != nil {
		r.logger.Error("make a connection for a client of another node", "node", f.from.home.Node, "error", err)
		t.say(append(t.frame(frameClose), byte(closedUnopened)))
		return
	}
	r.enter(t)
	r.tunnelStats.served.Add(1)
	r.front.ServeFD(front, f.body, r.local, f.address)
}

// pair makes the home's connection, and returns the front's end of it.
func (t *tunnel) pair() (front int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	t.fd = fds[0]
	if t.conn, err = t.relay.loop.Attach(t.fd, t); err != nil {
		closeDescriptor(fds[1])
		return -1, err
	}
	return fds[1], nil
}

// ofTunnel takes a frame of a tunnel that exists, or did.
func (r *relay) ofTunnel(a *arrival) {
	name := a.asker()
	if !a.carrier {
		name = r.self
		name.id = a.id
	}
	t := r.tunnels[name]
	if t != nil && t.to == a.from {
		t.heardOf(a)
		return
	}
	if a.kind == frameClose || t != nil {
		return
	}
	unknown := &tunnel{relay: r, name: name, to: a.from, carrier: !a.carrier}
	unknown.sent = a.number // of no meaning, there is none to follow
	unknown.say(append(unknown.frame(frameClose), byte(closedByDeath)))
}

// tunnelCut closes the tunnel of a frame of ours that did not leave.
func (r *relay) tunnelCut(f *frame, why closeReason) {
	name := r.self
	name.id = f.id
	if f.carrier {
		if t := r.tunnels[name]; t != nil {
			t.abort(why)
		}
		return
	}
	for _, t := range r.tunnels { // the frame does not tell who carries it
		if !t.carrier && t.name.id == f.id && t.to.life == f.life {
			t.abort(why)
		}
	}
}

// tunnelsDown closes those of a worker that is gone.
func (r *relay) tunnelsDown(s station) {
	for _, t := range r.tunnels {
		if t.to == s {
			t.abort(closedByDeath)
		}
	}
}

// stop closes the connections of other nodes' clients, on the loop. Those of our
// sessions end with them.
func (r *relay) stop() {
	r.stopping = true
	for _, t := range r.tunnels {
		if t.carrier && t.forget(closedByStop) {
			t.say(append(t.frame(frameClose), byte(closedByStop)))
			t.conn.CloseAfterFlush(r.loop.Now().Add(tunnelFarewell))
			t.conn = nil
		}
	}
}
