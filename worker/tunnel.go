package worker

import (
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

const (
	// tunnelWindow is how many bytes of one direction may be under way, to the
	// last reader's kernel, and tunnelSlack how many a last read may be more.
	tunnelWindow = 256 << 10
	tunnelSlack  = 64 << 10
	// tunnelGrant is how many it takes for the other end to be told that they
	// have arrived: an echo shall not cost a message more for it.
	tunnelGrant = tunnelWindow / 2
	// tunnelOpening is how long a home may take to say anything.
	tunnelOpening = 10 * time.Second
	// tunnelFarewell is how long the last bytes may take to be read.
	tunnelFarewell = 5 * time.Second
	// tunnelLook is how often a home whose client takes nothing looks whether the
	// session has closed: it does not read that.
	tunnelLook = 2 * time.Second
	// tunnelSilence is how long a home may say nothing before it is asked.
	tunnelSilence = time.Minute
	// openBytes bounds a request with what was read behind it.
	openBytes = 64 << 10
)

// tunnel is one end of a WebSocket between a client and a session of different
// nodes: the carrier has the client's connection, the home one that looks to its
// front like the client's. What either reads is sent to the other as it is. Each
// frame of a direction has the next number, so that one which is lost ends the
// tunnel, and never garbles what is said. It belongs to the loop, and is the
// handler of its connection.
type tunnel struct {
	relay   *relay
	id      string  // the session's, of the carrier
	name    asker   // the carrier's
	to      station // the other end
	conn    *loop.Conn
	carrier bool
	opening bool // of the carrier: nothing has come back yet
	asking  bool // Run is in the mailbox

	fd          int       // of the home's connection
	spoken      time.Time // when the other end last said something
	sent, heard uint32    // numbers that come next
	credit      int       // bytes that the other end still takes
	owed        int       // bytes that came, of which it has not been told
	timer       loop.Timer
}

// frame begins one of ours, with the next number.
func (t *tunnel) frame(kind frameKind) []byte {
	end := byte(0)
	if t.carrier {
		end = 1
	}
	from := t.relay.self
	from.id = t.name.id
	return append(appendHead(nil, kind, t.to.life, from, t.sent), end)
}

// push sends a frame that may not be missing.
func (t *tunnel) push(frame []byte) {
	t.sent++
	if b := t.relay.bus; !b.queue.post(b.subject(t.to.home), frame) {
		t.abort(closedByExcess)
	}
}

// say sends one that may.
func (t *tunnel) say(frame []byte) {
	b := t.relay.bus
	b.queue.post(b.subject(t.to.home), frame)
}

// probe tells the other end which number comes next, and may ask for its.
func (t *tunnel) probe(back bool) {
	wants := byte(0)
	if back {
		wants = 1
	}
	t.say(append(t.frame(frameProbe), wants))
}

// Data passes on what the connection brought.
func (t *tunnel) Data(_ *loop.Conn, b []byte) {
	f := make([]byte, 0, frameHead+1+len(b))
	t.push(append(append(f, t.frame(frameData)...), b...))
	if t.conn == nil {
		return
	}
	t.credit -= len(b)
	t.count(len(b), t.carrier)
	if t.credit <= 0 {
		t.conn.Pause()
		t.look()
	}
}

func (t *tunnel) count(n int, toSession bool) {
	switch s := &t.relay.tunnelStats; {
	case !t.carrier:
	case toSession:
		s.toSessions.Add(uint64(n))
	default:
		s.toClients.Add(uint64(n))
	}
}

// heardOf takes a frame of the other end.
func (t *tunnel) heardOf(a *arrival) {
	if a.lost {
		t.abort(closedByExcess)
		return
	}
	if a.kind == frameClose && !a.why.orderly() {
		t.closed(a.why) // whatever came before does not matter
		return
	}
	if a.number != t.heard {
		t.abort(closedByLoss)
		return
	}
	t.spoken = t.relay.loop.Now()
	if a.kind == frameProbe {
		if a.wants {
			t.probe(false)
		}
		return
	}
	t.heard++
	switch a.kind {
	case frameData:
		t.write(a.body)
	case frameWindow:
		if t.credit += int(a.credit); t.credit > tunnelWindow {
			t.abort(closedByExcess)
		} else if t.credit > 0 {
			t.resume()
		}
	case frameClose:
		t.closed(a.why)
	}
}

// write passes on what the other end read.
func (t *tunnel) write(b []byte) {
	if t.opening {
		t.opening = false
		t.relay.loop.Disarm(&t.timer)
		t.relay.ended.learnUpgrade(t.id, b)
	}
	if t.owed += len(b); t.owed > tunnelWindow+tunnelSlack {
		t.abort(closedByExcess)
		return
	}
	t.conn.Write(b)
	t.count(len(b), false)
	if t.owed >= tunnelGrant && !t.asking {
		t.asking = true
		t.relay.loop.Post(t)
	}
}

// Run grants what has been written, once all of it is.
func (t *tunnel) Run() {
	t.asking = false
	switch {
	case t.conn == nil || t.owed < tunnelGrant || t.conn.Blocked():
	case t.conn.Queued() > 0:
		t.asking = true
		t.relay.loop.Post(t)
	default:
		owed := t.owed
		t.owed = 0
		t.push(binary.BigEndian.AppendUint32(t.frame(frameWindow), uint32(owed)))
	}
}

// Writable hears that a reader which was slow has taken everything.
func (t *tunnel) Writable(*loop.Conn) { t.Run() }

// Closed hears that the connection has ended.
func (t *tunnel) Closed(_ *loop.Conn, err error) {
	why := closedBroken
	if errors.Is(err, io.EOF) {
		why = closedInOrder
	}
	t.conn = nil
	if t.forget(why) {
		t.say(append(t.frame(frameClose), byte(why)))
	}
}

// closed hears that the other end has closed.
func (t *tunnel) closed(why closeReason) {
	if !t.forget(why) {
		return
	}
	switch {
	case t.opening:
		t.refuse(why)
	case why.orderly():
		t.conn.CloseAfterFlush(t.relay.loop.Now().Add(tunnelFarewell))
	default:
		t.conn.Close()
	}
	t.conn = nil
}

// abort closes both ends.
func (t *tunnel) abort(why closeReason) {
	if !t.forget(why) {
		return
	}
	t.say(append(t.frame(frameClose), byte(why)))
	if t.opening {
		t.refuse(why)
	} else {
		t.conn.Close()
	}
	t.conn = nil
}

// refuse answers a client that has had no answer yet.
func (t *tunnel) refuse(why closeReason) {
	t.conn.Write([]byte(why.refusal()))
	t.conn.CloseAfterFlush(t.relay.loop.Now().Add(tunnelFarewell))
}

func (t *tunnel) resume() {
	t.conn.Resume()
	if !t.carrier {
		t.relay.loop.Disarm(&t.timer)
	}
}

// look has a home look, while it does not read, whether its session has closed
// the connection: a client that takes nothing more must not keep both for ever.
func (t *tunnel) look() {
	if !t.carrier {
		t.relay.loop.Arm(&t.timer, t.relay.loop.Now().Add(t.relay.times.look), t)
	}
}

// Expire gives up on a home that says nothing, or on a client that takes nothing
// of a session that has closed.
func (t *tunnel) Expire(*loop.Timer) {
	switch {
	case t.carrier:
		t.abort(closedUnopened)
	case hungUp(t.fd):
		t.abort(closedBroken)
	default:
		t.look()
	}
}

// hungUp reports whether the other end of a connection is closed, though
// something may be left to read.
func hungUp(fd int) bool {
	p := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(p, 0)
	return err == nil && n > 0 && p[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}

// forget reports whether the tunnel was open until now.
func (t *tunnel) forget(why closeReason) bool {
	r := t.relay
	if r.tunnels[t.name] != t {
		return false
	}
	delete(r.tunnels, t.name)
	r.loop.Disarm(&t.timer)
	r.tunnelStats.open.Add(-1)
	r.tunnelStats.closes[why].Add(1)
	return true
}
