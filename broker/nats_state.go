package broker

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// The pauses between two log lines about a server that does not answer, growing.
const (
	reportPauseMin = time.Second
	reportPauseMax = 5 * time.Minute
	errorPause     = time.Second // and between two about errors of a connection
)

// attempts remembers why connecting fails, and when to say so again.
type attempts struct {
	mu    sync.Mutex
	err   error
	next  time.Time
	pause time.Duration
	tries int
}

// setReady opens the gate of Publish and Flush for a link, unless it is over.
func (b *NATS) setReady(l *link, s State) {
	b.readyMu.Lock()
	defer b.readyMu.Unlock()
	select {
	case <-l.dead:
		return
	default:
	}
	if b.closed || b.link.Load() != l {
		return
	}
	l.ready.Store(true)
	b.caster.cast(s) // after Publish is possible, before Flush returns
	b.setReadyLocked(true)
}

// setOver shuts the gate when the link is over.
func (b *NATS) setOver(l *link) {
	b.readyMu.Lock()
	defer b.readyMu.Unlock()
	l.ready.Store(false)
	if !b.closed && b.link.Load() == l {
		b.setReadyLocked(false)
	}
}

func (b *NATS) setReadyLocked(ready bool) {
	open := false
	select {
	case <-b.ready:
		open = true
	default:
	}
	switch {
	case ready && !open:
		close(b.ready)
	case !ready && open:
		b.ready = make(chan struct{})
	}
}

// awaitReady waits for a connection.
func (b *NATS) awaitReady(ctx context.Context) error {
	b.readyMu.Lock()
	ready := b.ready
	b.readyMu.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	b.readyMu.Lock()
	defer b.readyMu.Unlock()
	if b.closed {
		return ErrClosed
	}
	return nil
}

// pause is nats.go's question how long to wait after all servers have been tried
// n times since the connection was lost.
func (b *NATS) pause(n int) time.Duration {
	if !b.background.Load() {
		return time.Millisecond // ConnectNATS is about to return
	}
	if err := b.nc.LastError(); err != nil { // refused after the dial: nobody else reports it
		b.failed(err)
	}
	d := b.o.PauseMin
	for ; n > 1 && d < b.o.PauseMax; n-- {
		d *= 2
	}
	d = min(d, b.o.PauseMax)
	return d/2 + rand.N(d/2+1) // many clients lose one server at once
}

// onAttempt hears of a failed attempt.
func (b *NATS) onAttempt(_ *nats.Conn, err error) {
	if !errors.Is(err, errLater) {
		b.failed(err)
	}
}

func (b *NATS) failed(err error) {
	b.report.mu.Lock()
	b.report.err = err
	b.report.mu.Unlock()
	b.sayAttempts()
}

// sayAttempts logs and casts why there is no connection, at growing pauses.
func (b *NATS) sayAttempts() {
	r := &b.report
	r.mu.Lock()
	r.tries++
	now := time.Now()
	if r.err == nil || now.Before(r.next) {
		r.mu.Unlock()
		return
	}
	r.pause = min(max(2*r.pause, reportPauseMin), reportPauseMax)
	r.next = now.Add(r.pause)
	err, tries := r.err, r.tries
	r.mu.Unlock()
	condition := Connecting
	if b.connects.Load() > 0 {
		condition = Disconnected
	}
	b.o.Logger.Warn("cannot reach nats, trying on", "servers", Redact(b.o.Servers), "error", err, "attempts", tries)
	b.caster.cast(State{Condition: condition, Err: err})
}

// onConnected hears of a connection that is usable.
func (b *NATS) onConnected(nc *nats.Conn) {
	b.maxPayload.Store(nc.MaxPayload())
	b.report.mu.Lock()
	b.report.err, b.report.next, b.report.pause, b.report.tries = nil, time.Time{}, 0, 0
	b.report.mu.Unlock()
	l := b.link.Load()
	if l == nil || !nc.IsConnected() {
		return // lost again; the next connection has its own call
	}
	b.connects.Add(1)
	server, id := nc.ConnectedAddr(), nc.ConnectedServerId()
	l.server.Store(&id)
	b.o.Logger.Info("connected to nats", "server", server)
	b.setReady(l, State{Condition: Connected, Server: server})
}

// onDisconnected hears of a connection that is lost; nats.go tries again.
func (b *NATS) onDisconnected(_ *nats.Conn, err error) {
	b.readyMu.Lock()
	closed := b.closed
	b.readyMu.Unlock()
	if closed {
		return
	}
	if err == nil {
		err = ErrDisconnected
	}
	b.report.mu.Lock()
	b.report.next = time.Now().Add(reportPauseMin) // a server that comes back at once is one line
	b.report.mu.Unlock()
	b.o.Logger.Warn("nats connection lost, connecting again", "error", err)
	b.caster.cast(State{Condition: Disconnected, Err: err})
}

// onDrained hears that the link has room again after an overflow.
func (b *NATS) onDrained(l *link) {
	if l.ready.Load() {
		b.caster.cast(State{Condition: Connected, Drained: true})
	}
}

// onClosed hears the last of nats.go.
func (b *NATS) onClosed(nc *nats.Conn) {
	b.readyMu.Lock()
	closed := b.closed
	b.readyMu.Unlock()
	if !closed {
		b.o.Logger.Error("nats client gave up", "error", nc.LastError())
		b.caster.cast(State{Condition: Disconnected, Err: nc.LastError()})
	}
	close(b.ended)
}

// onError hears of everything that does not end the connection, and of refused
// credentials.
func (b *NATS) onError(_ *nats.Conn, s *nats.Subscription, err error) {
	b.errors.Add(1)
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		b.onDropped(s)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		b.failed(err)
	default:
		b.sayError(err)
	}
}

// sayError logs an error, at most one a second: a client without a permission
// can cause one with each message. One goroutine of nats.go calls it.
func (b *NATS) sayError(err error) {
	now := time.Now()
	if now.Sub(b.said) < errorPause {
		b.unsaid++
		return
	}
	b.o.Logger.Warn("nats error", "error", err, "more_since_last", b.unsaid)
	b.said, b.unsaid = now, 0
}

// onDropped hears that nats.go dropped a message although the link holds back in
// time: never silently.
func (b *NATS) onDropped(s *nats.Subscription) {
	b.lost.Add(1)
	b.requests.mu.Lock()
	answers := s == b.requests.sub
	b.requests.mu.Unlock()
	if !answers {
		b.lateGap.Store(true)
	}
	b.o.Logger.Error("nats client dropped messages", "subject", s.Subject)
}

// Redact joins server URLs for people to read, without user and password.
func Redact(urls []string) string {
	out := make([]string, len(urls))
	for i, u := range urls {
		scheme, rest, ok := strings.Cut(u, "://")
		if !ok {
			scheme, rest = "nats", u
		}
		out[i] = scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
	}
	return strings.Join(out, ",")
}
