package load_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/worker/socketio"
)

// short is a fleet that does not wait long for what does not come.
func short(o load.Options) load.Options {
	o.Timeout = 500 * time.Millisecond
	return o
}

// Each fault of a server is counted, by its kind, and none makes up for another.
func TestFaultyAcks(t *testing.T) {
	var n atomic.Int64
	_, target := serve(t, func(s *socketio.Server) {
		ns := s.Of("/faulty")
		ns.On("drop", func(_ *socketio.Socket, e *socketio.Event) {
			if n.Add(1)%10 != 0 {
				_ = e.Ack(e.Args())
			}
		})
		ns.On("change", func(_ *socketio.Socket, e *socketio.Event) {
			var payload string
			_ = e.Decode(&payload)
			if n.Add(1)%10 == 0 {
				payload = payload[:len(payload)-1]
			}
			_ = e.Ack(payload)
		})
		ns.On("bare", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack("ok") })
	})
	for event, want := range map[string]load.Counts{
		"drop":   {Ready: 20, Requests: 200, Acks: 180, LostAcks: 20},
		"change": {Ready: 20, Requests: 200, Acks: 200, Corrupt: 20},
		"bare":   {Ready: 20, Requests: 200, Acks: 200, BareAcks: 200},
	} {
		t.Run(event, func(t *testing.T) {
			n.Store(0)
			o := options(target, 20)
			o.Namespace = "/faulty"
			f := connected(t, short(o))
			out := run(t, f, load.Plan{Echo: &load.EchoPlan{Event: event, InFlight: 40}, Messages: 200})
			wants(t, out.Counts, want)
			if out.Stalled != (want.LostAcks > 0) {
				t.Errorf("stalled: %v", out.Stalled)
			}
		})
	}
}

func TestFaultyBroadcast(t *testing.T) {
	s, target := serve(t, nil)
	for name, c := range map[string]struct {
		change func(n int, emit func(string)) bool
		want   load.Counts
	}{
		"drop":   {func(n int, _ func(string)) bool { return n%10 == 0 }, load.Counts{Deliveries: 90 * 20, LostMessages: 10 * 20}},
		"double": {func(n int, emit func(string)) bool { emit(".."); return false }, load.Counts{Deliveries: 100 * 20, DoubledMessages: 100 * 20}},
		"change": {func(n int, emit func(string)) bool { emit("ab"); return true }, load.Counts{Corrupt: 100 * 20, LostMessages: 100 * 20}},
	} {
		t.Run(name, func(t *testing.T) {
			f := connected(t, short(options(target, 20)))
			p := post(emitter(t, s, c.change))
			p.Rate = 1000
			out := run(t, f, load.Plan{Publish: p, Messages: 100})
			c.want.Ready, c.want.Published = 20, 100
			wants(t, out.Counts, c.want)
		})
	}
}

// A message to a room that comes to others is a stranger there.
func TestStrangers(t *testing.T) {
	s, target := serve(t, nil)
	o := short(options(target, 20))
	o.KeepIDs = true
	f := connected(t, o)
	p := post(emitter(t, s, nil)) // whose body does not name the room
	p.OwnRooms, p.Rate = true, 1000
	out := run(t, f, load.Plan{Publish: p, Messages: 40})
	wants(t, out.Counts, load.Counts{Ready: 20, Published: 40, Deliveries: 40, StrangeMessages: 40 * 19})
}

func TestRefusedTriggers(t *testing.T) {
	s, target := serve(t, nil)
	f := connected(t, short(options(target, 20)))
	p := post(emitter(t, s, nil))
	p.Header = nil
	out := run(t, f, load.Plan{Publish: p, Messages: 30})
	wants(t, out.Counts, load.Counts{Ready: 20, Published: 30, Refused: 30})
	if n := f.Why()["trigger answered with status 400"]; n != 30 {
		t.Errorf("why: %v", f.Why())
	}
}

// A client whose connection is cut is lost, and so are the requests it has
// waiting; all others go on, and what is broadcast is not waited for on its part.
func TestCutConnections(t *testing.T) {
	var mu sync.Mutex
	var cut []*socketio.Socket
	s, target := serve(t, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(c *socketio.Socket) {
			mu.Lock()
			defer mu.Unlock()
			if len(cut) < 5 {
				cut = append(cut, c)
			}
		})
		s.Of("/").On("hold", func(c *socketio.Socket, e *socketio.Event) {
			mu.Lock()
			defer mu.Unlock()
			for _, d := range cut {
				if c == d {
					c.Disconnect(true)
					return
				}
			}
			_ = e.Ack(e.Args())
		})
	})
	f := connected(t, short(options(target, 30)))
	out := run(t, f, load.Plan{Echo: &load.EchoPlan{Event: "hold", InFlight: 30}, Messages: 300})
	if c := out.Counts; c.LostClients != 5 || c.LostAcks < 5 || c.Acks+c.LostAcks != 300 || c.Ready != 25 || out.Stalled {
		t.Errorf("counts are %+v, stalled: %v", c, out.Stalled)
	}
	p := post(emitter(t, s, func(n int, _ func(string)) bool {
		if n == 50 {
			for _, c := range s.Of("/").Sockets()[:3] {
				c.Disconnect(true)
			}
		}
		return false
	}))
	out = run(t, f, load.Plan{Publish: p, Messages: 100})
	if c := out.Counts; c.LostClients != 3 || c.LostMessages != 0 || c.Ready != 22 || c.Published != 100 || c.Deliveries < 22*100 || out.Stalled {
		t.Errorf("counts are %+v, stalled: %v", c, out.Stalled)
	}
	if len(f.Why()) == 0 {
		t.Error("nobody says why")
	}
}

// A server that is not there, does not answer, or speaks something else loses all
// clients, and says why.
func TestNobodyConnects(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	silent := listener(t, func(net.Conn) {})
	other := listener(t, func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) })
	garbage := listener(t, func(c net.Conn) { _, _ = c.Write([]byte(strings.Repeat("x", 100) + "\r\n\r\n")) })
	for name, c := range map[string]struct{ address, why string }{
		"closed": {address, "refused"}, "silent": {silent, "in time"}, "other": {other, "404"}, "garbage": {garbage, "status line"},
	} {
		for _, polling := range []bool{false, true} {
			o := short(options(target(t, c.address), 10))
			o.Polling = polling
			f, err := load.New(o)
			if err != nil {
				t.Fatal(err)
			}
			out := f.Connect(context.Background(), load.Hooks{})
			why := f.Why()
			f.Close(context.Background())
			if out.Counts.LostClients != 10 || out.Counts.Opened != 0 || len(why) != 1 {
				t.Errorf("%s: %+v, %v", name, out.Counts, why)
			}
			for w := range why {
				if !strings.Contains(w, c.why) {
					t.Errorf("%s: %q", name, w)
				}
			}
		}
	}
}
