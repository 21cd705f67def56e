package load

import (
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

// receiver is a thread with one client in the middle of a scenario, and no server:
// what it sends goes nowhere.
func receiver(tb testing.TB) (*thread, *client, *marker) {
	f := &Fleet{o: Options{Revision: 4, Clients: 1, Threads: 1, Path: "/"}}
	t, err := newThread(f, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(t.close)
	cl := &t.clients[0]
	cl.state, cl.conn.owner, cl.conn.shaken, cl.conn.kind = ready, cl, true, websocket
	cl.conn.fd = 1 << 20 // none: only what is written would use it
	tb.Cleanup(func() { cl.conn.fd = 0 })
	t.meter.Ready = 1
	m := newMarker(1)
	return t, cl, &m
}

// receive measures what takes one message to receive and check.
func receive(tb testing.TB, size int, measure func(func())) {
	t, cl, m := receiver(tb)
	l := newListen(t, &publication{marker: *m, size: size, senders: 1, publisher: t})
	l.p.wanted.Store(never)
	t.work = []work{l}
	seq := uint32(0)
	var buf, frame []byte
	measure(func() {
		seq++
		buf = append(m.append(append(buf[:0], `42["news","`...), stamp{seq: seq, due: t.now}, size), `"]`...)
		frame = ws.AppendFrame(frame[:0], ws.OpText, buf)
		t.take(&cl.conn, frame[:len(frame)/2]) // in two pieces, as it may come
		t.take(&cl.conn, frame[len(frame)/2:])
		t.turnEnds()
	})
	if c := t.meter.Counts; c.Deliveries != int64(seq) {
		tb.Errorf("%d of %d were delivered: %+v", c.Deliveries, seq, c)
	}
}

// respond measures what takes one acknowledgement to receive and check.
func respond(tb testing.TB, size int, measure func(func())) {
	t, cl, m := receiver(tb)
	t.work = []work{&echo{t: t, marker: *m, size: size}}
	var buf, frame []byte
	n := int64(0)
	measure(func() {
		n++
		id := t.requests.add(0, t.now)
		buf = append(appendUint(append(buf[:0], "43"...), id), `["`...)
		buf = append(m.append(buf, stamp{seq: uint32(id), due: t.now}, size), `"]`...)
		frame = ws.AppendFrame(frame[:0], ws.OpText, buf)
		t.take(&cl.conn, frame)
	})
	if c := t.meter.Counts; c.Acks != n || c.Corrupt != 0 || c.BareAcks != 0 {
		tb.Errorf("%d of %d were acknowledged: %+v", c.Acks, n, c)
	}
}

func TestReceivingAllocatesNothing(t *testing.T) {
	for name, f := range map[string]func(testing.TB, int, func(func())){"message": receive, "ack": respond} {
		f(t, 200, func(one func()) {
			if n := testing.AllocsPerRun(5000, one); n != 0 {
				t.Errorf("%s: %v allocations", name, n)
			}
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	b.ReportAllocs()
	receive(b, 64, func(one func()) {
		for b.Loop() {
			one()
		}
	})
}

func BenchmarkAck(b *testing.B) {
	b.ReportAllocs()
	respond(b, 64, func(one func()) {
		for b.Loop() {
			one()
		}
	})
}
