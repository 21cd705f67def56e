package worker

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

// far is what the test is for the carrier: the home, at node 8, and the client.
type far struct {
	*lonely
	t      *testing.T
	client net.Conn
	id     uint64 // of the tunnel
	said   uint32
}

// openFar has the carrier open a tunnel for a client.
func openFar(t *testing.T, set ...func(*relay)) *far {
	t.Helper()
	f := &far{lonely: newLonely(t), t: t}
	for _, s := range set {
		s(f.relay)
	}
	f.run()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fds[1]), "client")
	f.client, err = net.FileConn(file)
	_ = file.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.client.Close() })
	if err := f.client.SetDeadline(time.Now().Add(2 * soon)); err != nil {
		t.Fatal(err)
	}
	f.carry("", station{sid.Home{Node: 8}, 5}, fds[0], []byte("GET"), fdpass.Addr{})
	open := f.hears(frameOpen)
	if f.id = open.id; string(open.body) != "GET" || open.number != 0 || !open.carrier {
		t.Fatalf("opened with %+v", open)
	}
	return f
}

// hears waits for the carrier's next frame.
func (f *far) hears(kind frameKind) *frame {
	f.t.Helper()
	select {
	case b := <-f.heard:
		got, err := parseFrame(b)
		if err != nil || got.kind != kind {
			f.t.Fatalf("%+v, %v; want kind %d", got, err, kind)
		}
		return got
	case <-time.After(2 * soon):
		f.t.Fatalf("no frame of kind %d", kind)
		return nil
	}
}

// frame is the home's next.
func (f *far) frame(kind frameKind, payload string) []byte {
	from := other
	from.id = f.id
	return append(appendHead(nil, kind, f.self.life, from, f.said), "\x00"+payload...)
}

// says has the carrier receive a frame of the home.
func (f *far) says(kind frameKind, payload string) {
	f.bus.receive(broker.Message{Data: f.frame(kind, payload)})
	f.said++
}

// reads expects what the client gets until its end, or only that.
func (f *far) reads(want string, all bool) {
	f.t.Helper()
	b := make([]byte, len(want))
	_, err := io.ReadFull(f.client, b)
	if all && err == nil {
		var rest []byte
		rest, err = io.ReadAll(f.client)
		b = append(b, rest...)
	}
	if err != nil || !strings.HasPrefix(string(b), want) || want == "" && len(b) > 0 {
		f.t.Errorf("the client reads %q, %v, want %q", b, err, want)
	}
}

// forgotten waits for the tunnel's end.
func (f *far) forgotten() {
	f.t.Helper()
	for late := time.Now().Add(soon); f.tunnelStats.open.Load() != 0; {
		done := make(chan struct{})
		f.loop.Post(loop.Func(func() { close(done) }))
		<-done
		if time.Now().After(late) {
			f.t.Fatal("the tunnel stays")
		}
	}
}

func (f *far) dies() { f.bus.member(station{sid.Home{Node: 8}, 5}, false) }

// The home may end in each phase of a tunnel: the client is answered, or its
// connection ends, and nothing of the tunnel stays.
func TestHomeEndsInEachPhase(t *testing.T) {
	reason := func(w closeReason) string { return string([]byte{byte(w)}) }
	for name, test := range map[string]struct {
		end  func(*far)
		want string // what the client reads
		why  closeReason
	}{
		"dies before it answers":              {func(f *far) { f.dies() }, "HTTP/1.1 400 Bad Request\r\n", closedByDeath},
		"does not know of it":                 {func(f *far) { f.says(frameClose, reason(closedByDeath)) }, "HTTP/1.1 400 Bad Request\r\n", closedByDeath},
		"refuses it":                          {func(f *far) { f.says(frameClose, reason(closedUnopened)) }, "HTTP/1.1 503 Service", closedUnopened},
		"closes without a word":               {func(f *far) { f.says(frameClose, reason(closedInOrder)) }, "HTTP/1.1 503 Service", closedInOrder},
		"loses its first frame":               {func(f *far) { f.said++; f.says(frameData, "late") }, "HTTP/1.1 503 Service", closedByLoss},
		"dies amidst data":                    {func(f *far) { f.says(frameData, "101"); f.dies() }, "", closedByDeath},
		"closes behind data":                  {func(f *far) { f.says(frameData, "101"); f.says(frameClose, reason(closedInOrder)) }, "101", closedInOrder},
		"says a frame twice":                  {func(f *far) { f.says(frameData, "101"); f.said--; f.says(frameData, "101") }, "", closedByLoss},
		"says its close twice":                {func(f *far) { c := f.frame(frameClose, reason(closedInOrder)); f.twice(c) }, "HTTP/1.1 503", closedInOrder},
		"answers, and loses data":             {func(f *far) { f.says(frameData, "101"); f.said++; f.says(frameProbe, "\x00") }, "", closedByLoss},
		"grants more than there is":           {func(f *far) { f.says(frameWindow, "\x00\x05\x00\x00") }, "HTTP/1.1 503", closedByExcess},
		"dies amidst what is not granted":     {func(f *far) { f.flood(); f.dies() }, "HTTP/1.1 400 Bad Request\r\n", closedByDeath},
		"closes amidst what is not granted":   {func(f *far) { f.says(frameData, "101"); f.flood(); f.says(frameClose, reason(closedInOrder)) }, "101", closedInOrder},
		"sends more than it was granted":      {func(f *far) { f.excess() }, "", closedByExcess},
		"its farewell comes behind its death": {func(f *far) { f.dies(); f.says(frameClose, reason(closedInOrder)) }, "HTTP/1.1 400", closedByDeath},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFar(t)
			test.end(f)
			f.forgotten()
			if test.want != "" { // what had not been written when it broke may be lost
				f.reads(test.want, false)
			}
			if _, err := io.Copy(io.Discard, f.client); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Error("the connection does not end")
			}
			if n := f.tunnelStats.closes[test.why].Load(); n != 1 {
				t.Errorf("%d closes for that reason", n)
			}
		})
	}
}

func (f *far) twice(b []byte) {
	f.bus.receive(broker.Message{Data: b})
	f.bus.receive(broker.Message{Data: b})
}

// flood has the client say more than the window; it is not read from any more.
func (f *far) flood() {
	f.t.Helper()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = f.client.Write(make([]byte, 4*tunnelWindow)) // until its connection ends
	}()
	f.t.Cleanup(func() { _ = f.client.Close(); <-sent })
	for n := 0; n < tunnelWindow; {
		d := f.hears(frameData)
		n += len(d.body)
		if n > tunnelWindow+tunnelSlack {
			f.t.Fatalf("%d bytes under way", n)
		}
	}
}

// excess is a home that keeps to no window, of a client that reads nothing.
func (f *far) excess() {
	piece := strings.Repeat("x", 64<<10)
	for range 64 {
		f.says(frameData, piece)
	}
}

// The client that is held back goes on when it is granted more, and no sooner.
func TestWindow(t *testing.T) {
	f := openFar(t)
	f.says(frameData, "101")
	f.flood()
	if len(f.heard) > 0 {
		t.Error("more than the window is under way")
	}
	f.says(frameWindow, string(binary.BigEndian.AppendUint32(nil, tunnelGrant)))
	for n, number := 0, uint32(0); n < tunnelGrant; {
		d := f.hears(frameData)
		if number > 0 && d.number != number {
			t.Errorf("number %d, want %d", d.number, number)
		}
		n, number = n+len(d.body), d.number+1
	}
}

// A client that leaves in each phase is told of.
func TestClientEndsInEachPhase(t *testing.T) {
	for name, test := range map[string]struct {
		before func(*far)
		end    func(*far)
	}{
		"before an answer":        {func(*far) {}, func(f *far) { _ = f.client.Close() }},
		"with data":               {func(f *far) { f.says(frameData, "101"); f.reads("101", false) }, func(f *far) { _ = f.client.Close() }},
		"half of its connection":  {func(f *far) { f.says(frameData, "101"); f.reads("101", false) }, func(f *far) { _ = f.client.(*net.UnixConn).CloseWrite() }},
		"with an answer not read": {func(f *far) { f.says(frameData, "101") }, func(f *far) { _ = f.client.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFar(t)
			test.before(f)
			test.end(f)
			c := f.hears(frameClose)
			if c.number != 1 || !c.carrier || c.why != closedInOrder && c.why != closedBroken {
				t.Errorf("%+v", c)
			}
			f.forgotten()
			f.says(frameData, "late")
			if c := f.hears(frameClose); c.why != closedByDeath { // there is no such tunnel
				t.Errorf("%+v", c)
			}
		})
	}
}

// What others say of a tunnel that is not theirs changes nothing.
func TestFramesOfOthersTunnels(t *testing.T) {
	f := openFar(t)
	f.says(frameData, "101")
	f.reads("101", false)
	for name, from := range map[string]asker{
		"another life": {node: 8, life: 6}, "another slot": {node: 8, slot: 1, life: 5}, "another node": {node: 9, life: 5},
	} {
		from.id = f.id
		for _, payload := range []string{"\x00data", "\x01data"} {
			f.bus.receive(broker.Message{Data: append(appendHead(nil, frameData, f.self.life, from, f.said), payload...)})
		}
		f.bus.receive(broker.Message{Data: append(appendHead(nil, frameClose, f.self.life, from, f.said), 0, byte(closedBroken))})
		f.bus.member(station{from.home(), from.life}, false)
		f.says(frameData, name)
		f.reads(name, false)
	}
	if n := f.tunnelStats.open.Load(); n != 1 {
		t.Errorf("%d tunnels", n)
	}
}

// A home that says nothing is given up, and its client told.
func TestHomeSaysNothing(t *testing.T) {
	f := openFar(t, func(r *relay) { r.times.opening = 50 * time.Millisecond })
	f.reads("HTTP/1.1 503 Service", false)
	if c := f.hears(frameClose); c.why != closedUnopened {
		t.Errorf("%+v", c)
	}
}

// An end that stops has its clients come back, and takes no others.
func TestCarrierStops(t *testing.T) {
	f := openFar(t)
	f.says(frameData, "101")
	f.loop.Post(loop.Func(f.stop))
	if c := f.hears(frameClose); c.why != closedByStop {
		t.Errorf("%+v", c)
	}
	f.reads("101", true)
	f.forgotten()
}

// A tunnel whose home has said nothing for a while is asked for: its end may have
// been lost on the way.
func TestLostFarewell(t *testing.T) {
	f := openFar(t, func(r *relay) { r.times.sweep, r.times.silence = 20*time.Millisecond, 20*time.Millisecond })
	f.says(frameData, "101")
	for range 2 {
		if p := f.hears(frameProbe); !p.wants || p.number != 1 {
			t.Errorf("%+v", p)
		}
		f.says(frameProbe, "\x00")
		f.said--
	}
	f.hears(frameProbe)
	f.says(frameClose, string([]byte{byte(closedByDeath)})) // the home knows nothing of it
	f.forgotten()
	f.reads("101", true)
}

// An opening for which there was no room opens nothing: what follows would be
// taken for its request.
func TestOpeningWithoutRoom(t *testing.T) {
	r := newLonely(t)
	filler := append(appendHead(nil, frameRequest, 77, other, 1), 0)
	filler = append(filler, bytes.Repeat([]byte("x"), 60<<10)...)
	for r.bus.overflows.Load() == 0 {
		r.bus.receive(broker.Message{Data: filler})
	}
	from := other
	from.id = 4711
	open := append(appendHead(nil, frameOpen, 77, from, 0), 1)
	open = append(fdpass.AppendAddr(open, fdpass.Addr{}), strings.Repeat("x", openBytes)...)
	r.bus.receive(broker.Message{Data: open})
	r.run()
	for late := time.After(soon); ; {
		select {
		case b := <-r.heard:
			f, err := parseFrame(b)
			if err != nil || f.id != from.id {
				continue // of the filler
			}
			if f.kind != frameClose || f.carrier || f.why != closedByExcess {
				t.Errorf("%+v", f)
			}
			return
		case <-late:
			t.Fatal("its carrier is not told")
		}
	}
}
