package worker

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

const (
	// inboxDeadline is how long a connection may have waited for its worker.
	// Its client gets 503 after that, rather than an answer that it may no
	// longer want.
	inboxDeadline = 10 * time.Second
	// lostPause is the least time between two lines about lost connections.
	lostPause = 10 * time.Second
)

const refusal503 = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// inbox reads the slot's inbox: connections from the master, and what other
// workers relay. One goroutine runs it.
type inbox struct {
	receiver  *fdpass.Receiver
	front     *engineio.Front
	api       *api.Server
	firstAPI  int // the listeners from this one on are the HTTP API's
	relay     *relay
	guests    *guests
	loop      *loop.Loop
	listeners []net.Addr
	logger    *slog.Logger
	onAccept  func()

	accepted, stale, bad, lost, refused atomic.Uint64

	lostSaid time.Time
	gather   gatherer
}

// run returns when the inbox is closed.
func (in *inbox) run() error {
	for {
		m, err := in.receiver.Receive()
		var bad *fdpass.BadMessage
		switch {
		case errors.Is(err, fdpass.ErrClosed):
			return nil
		case errors.Is(err, fdpass.ErrDescriptorLost):
			in.descriptorLost()
			continue
		case errors.As(err, &bad):
			in.bad.Add(1)
			in.logger.Warn("inbox", "error", err)
			continue
		case err != nil:
			return err
		}
		if err := in.dispatch(m); err != nil {
			in.bad.Add(1)
			in.logger.Warn("inbox", "kind", m.Kind, "error", err)
		}
	}
}

// descriptorLost counts a connection that this process had no place for, and
// says so once a lostPause.
func (in *inbox) descriptorLost() {
	in.accepted.Add(1)
	lost := in.lost.Add(1)
	if now := time.Now(); now.Sub(in.lostSaid) >= lostPause {
		in.logger.Error("connections lost: the descriptor table is full; raise the limit (ulimit -n) or the number of workers", "lost", lost)
		in.lostSaid = now
	}
}

func (in *inbox) dispatch(m fdpass.Message) error {
	switch m.Kind {
	case fdpass.Accept:
		return in.connection(m)
	case fdpass.Handover:
		return in.connection(m)
	case fdpass.Request:
		return in.request(m.Payload)
	case fdpass.Answer:
		return in.answer(m.Payload)
	case fdpass.Cancel:
		return in.cancel(m.Payload)
	}
	return nil
}

func (in *inbox) connection(m fdpass.Message) error {
	origin, unread, ok := fdpass.ParseOrigin(m.Payload)
	if !ok {
		closeDescriptor(m.FD)
		return errBadPiece
	}
	if m.Kind == fdpass.Accept {
		in.accepted.Add(1)
		defer in.onAccept()
	}
	api := m.Kind == fdpass.Accept && int(origin.Listener) >= in.firstAPI
	if !api {
		in.guests.came(m.FD, origin.Site)
	}
	if time.Since(origin.Accepted) > inboxDeadline {
		in.stale.Add(1)
		_, _ = unix.Write(m.FD, []byte(refusal503))
		in.guests.closing(m.FD)
		closeDescriptor(m.FD)
		return nil
	}
	var local net.Addr = origin.Remote // of its kind, where the listener is unknown
	if int(origin.Listener) < len(in.listeners) {
		local = in.listeners[origin.Listener]
	}
	if api {
		in.api.ServeFD(m.FD, local, origin.Remote)
		return nil
	}
	in.front.ServeFD(m.FD, append([]byte(nil), unread...), local, origin.Remote)
	return nil
}

// request gathers the pieces of a relayed request and has the loop serve it.
func (in *inbox) request(b []byte) error {
	from, b, err := parseAsker(b)
	if err != nil || len(b) < 1 || int(from.slot) >= len(in.relay.outboxes) {
		return errBadPiece
	}
	from.node = in.relay.self.node
	if b[0]&firstPiece != 0 { // nobody tells this goroutine of deaths
		in.gather.forget(func(a asker) bool { return a.slot == from.slot && a.life < from.life })
	}
	x, refuse, err := in.gather.add(from, nextPiece, b[0], b[1:])
	if refuse {
		in.refuse(from)
	}
	if x != nil {
		in.loop.Post(loop.Func(func() { in.relay.serve(from, x) }))
	}
	return err
}

func (in *inbox) refuse(from asker) {
	in.loop.Post(loop.Func(func() { in.relay.refuse(from) }))
}

func (in *inbox) answer(b []byte) error {
	if len(b) < answerPrefix {
		return errBadPiece
	}
	number, flags, piece := binary.BigEndian.Uint64(b), b[8], append([]byte(nil), b[answerPrefix:]...)
	in.loop.Post(loop.Func(func() {
		if err := in.relay.answerPiece(number, nextPiece, flags, piece); err != nil {
			in.bad.Add(1)
		}
	}))
	return nil
}

func (in *inbox) cancel(b []byte) error {
	from, _, err := parseAsker(b)
	if err != nil {
		return err
	}
	from.node = in.relay.self.node
	in.gather.drop(from)
	in.loop.Post(loop.Func(func() { in.relay.cancelled(from) }))
	return nil
}

func closeDescriptor(fd int) { _ = unix.Close(fd) }
