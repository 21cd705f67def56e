package worker

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/valyala/fasthttp"
)

// newHome has the relay be the home of tunnels, whose carrier is the test. It
// answers each request with so many bytes, and closes.
func newHome(t *testing.T, size int) *lonely {
	t.Helper()
	r := newLonely(t)
	r.times.look = 20 * time.Millisecond
	r.front = engineio.NewFront(r.loop, engineio.FrontOptions{Logger: slog.New(slog.DiscardHandler), Fallback: func(ctx *fasthttp.RequestCtx) {
		ctx.SetBody(make([]byte, size))
		ctx.SetConnectionClose()
	}})
	r.local = fdpass.Addr{}
	r.run()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if err := r.front.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

// opens has it open a tunnel, once or more often with one name.
func (l *lonely) opens(id uint64) {
	from := other
	from.id = id
	open := append(appendHead(nil, frameOpen, l.self.life, from, 0), 1)
	open = append(fdpass.AppendAddr(open, fdpass.Addr{}), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"...)
	l.bus.receive(broker.Message{Data: open})
}

// A session that has closed leaves what its client does not take: the home, which
// does not read on, notices all the same, and the tunnel ends.
func TestTunnelOfAClosedSession(t *testing.T) {
	r := newHome(t, tunnelWindow+tunnelSlack+8<<10) // more than is read, and a little for the kernel to keep
	r.opens(1)
	for n := 0; n < tunnelWindow; {
		f := r.next(t, frameData)
		n += len(f.body)
	}
	for {
		if f := r.next(t, 0); f.kind == frameClose {
			if f.why != closedBroken {
				t.Errorf("%+v", f)
			}
			return
		}
	}
}

// Once its client takes more, all of it is said, in order, and then the end.
func TestTunnelOfASlowClient(t *testing.T) {
	const size = 3 * tunnelWindow
	r := newHome(t, size)
	r.times.look = time.Hour
	r.opens(1)
	from, owed, sum, number := other, 0, 0, uint32(1)
	from.id = 1
	for {
		f := r.next(t, 0)
		if f.kind == frameClose {
			if f.why != closedInOrder || sum < size {
				t.Errorf("%+v after %d bytes", f, sum)
			}
			return
		}
		sum, owed = sum+len(f.body), owed+len(f.body)
		if owed > tunnelWindow+tunnelSlack {
			t.Fatalf("%d bytes under way", owed)
		}
		if owed >= tunnelWindow {
			w := append(appendHead(nil, frameWindow, r.self.life, from, number), 1)
			r.bus.receive(broker.Message{Data: binary.BigEndian.AppendUint32(w, uint32(owed))})
			owed, number = 0, number+1
		}
	}
}

// An opening that comes twice opens one tunnel.
func TestOpenedTwice(t *testing.T) {
	r := newHome(t, 10)
	r.opens(1)
	r.opens(1)
	f := r.next(t, frameData)
	if c := r.next(t, frameClose); f.number != 0 || c.number != 1 || c.why != closedInOrder {
		t.Errorf("%+v, %+v", f, c)
	}
	if n := r.tunnelStats.served.Load(); n != 1 || len(r.heard) > 0 {
		t.Errorf("%d tunnels, %d more frames", n, len(r.heard))
	}
}

// The carrier's death, and a frame of its that is lost or comes twice, close the
// session's connection.
func TestCarrierEnds(t *testing.T) {
	for name, test := range map[string]struct {
		number  uint32
		kind    frameKind
		payload string
		why     closeReason
	}{
		"dies":         {why: closedByDeath},
		"lost a frame": {2, frameData, "x", closedByLoss},
		"comes twice":  {0, frameData, "x", closedByLoss},
		"breaks":       {9, frameClose, string([]byte{byte(closedBroken)}), closedBroken},
		"closes":       {1, frameClose, string([]byte{byte(closedInOrder)}), closedInOrder},
		"stops":        {1, frameClose, string([]byte{byte(closedByStop)}), closedByStop},
	} {
		t.Run(name, func(t *testing.T) {
			r := newHome(t, tunnelWindow+4*tunnelSlack) // which is not taken
			r.opens(1)
			r.next(t, frameData)
			from := other
			from.id = 1
			if test.kind == 0 {
				r.bus.member(from.station(), false)
			} else {
				f := append(appendHead(nil, test.kind, r.self.life, from, test.number), 1)
				r.bus.receive(broker.Message{Data: append(f, test.payload...)})
			}
			for late := time.Now().Add(soon); r.tunnelStats.closes[test.why].Load() != 1; {
				if time.Now().After(late) {
					t.Fatal("not closed for that reason")
				}
			}
			if n := r.tunnelStats.open.Load(); n != 0 {
				t.Errorf("%d tunnels", n)
			}
		})
	}
}
