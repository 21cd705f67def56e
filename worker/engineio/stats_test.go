package engineio_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/engineio"
)

// ended is how many sessions ended for that reason.
func ended(st engineio.Stats, r engineio.Reason) uint64 {
	return st.Ended[slices.Index(engineio.Reasons[:], r)]
}

// TestTrafficOfPolling counts packets where they travel, and their payloads
// only: an open packet is followed by the echo of a text and of three bytes in
// base64.
func TestTrafficOfPolling(t *testing.T) {
	for _, c := range []struct{ query, post, answer string }{
		{"EIO=4", "4hello\x1ebAQID", "4hello\x1ebAQID"},
		{"EIO=3&b64=1", "6:4hello6:b4AQID", "6:4hello6:b4AQID"},
		{"EIO=3&j=0", "d=6%3A4hello6%3Ab4AQID", `___eio[0]("6:4hello6:b4AQID");`},
	} {
		t.Run(c.query, func(t *testing.T) {
			e := start(t)
			w := dial(t, e.addr)
			w.get("transport=polling&" + c.query)
			_, body, _ := w.answer()
			payload := len(between(strings.ReplaceAll(body, `\"`, `"`), "{", "}")) + 2
			q := "transport=polling&" + c.query + "&sid=" + e.session(t).ID()
			w.post(q, c.post)
			w.expect(200, "ok")
			w.get(q)
			w.expect(200, c.answer)
			want := engineio.Traffic{PacketsIn: 2, BytesIn: 8, PacketsOut: 3, BytesOut: uint64(payload + 8)}
			st := e.stats(t)
			if st.PollingTraffic != want || st.WebSocketTraffic != (engineio.Traffic{}) {
				t.Errorf("%+v and %+v, want %+v and nothing", st.PollingTraffic, st.WebSocketTraffic, want)
			}
			closing := map[string]string{"EIO=4": "1", "EIO=3&b64=1": "1:1", "EIO=3&j=0": "d=1%3A1"}[c.query]
			w.post(q, closing)
			w.expect(200, "ok")
			want.PacketsIn++
			if st = e.stats(t); st.PollingTraffic != want || ended(st, engineio.TransportClose) != 1 {
				t.Errorf("%+v and %v behind the end", st.PollingTraffic, st.Ended)
			}
		})
	}
}

// TestTrafficOfWebSocket counts no control frames, and a binary message as bytes
// in each of its forms.
func TestTrafficOfWebSocket(t *testing.T) {
	for _, query := range []string{"EIO=4", "EIO=3", "EIO=3&b64=1"} {
		t.Run(query, func(t *testing.T) {
			e := start(t)
			s := e.socket(t, query)
			payload := len(s.next()) - 1
			s.raw(frame(true, ws.OpPing, "ping"))
			s.text("4hello")
			s.expect("4hello")
			if query == "EIO=4" {
				s.binary("\x01\x02\x03")
			} else {
				s.binary("\x04\x01\x02\x03")
			}
			s.next()
			want := engineio.Traffic{PacketsIn: 2, BytesIn: 8, PacketsOut: 3, BytesOut: uint64(payload + 8)}
			if st := e.stats(t); st.WebSocketTraffic != want || st.PollingTraffic != (engineio.Traffic{}) {
				t.Errorf("%+v and %+v, want %+v and nothing", st.WebSocketTraffic, st.PollingTraffic, want)
			}
		})
	}
}

// TestTrafficOfUpgrade: what is queued for a poll is counted where it leaves.
func TestTrafficOfUpgrade(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	before := e.stats(t).PollingTraffic
	p.say("queued")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	s.text("5")
	s.expect("4queued")
	want := engineio.Traffic{PacketsIn: 2, BytesIn: 5, PacketsOut: 2, BytesOut: 11}
	if st := e.stats(t); st.WebSocketTraffic != want || st.PollingTraffic != before {
		t.Errorf("%+v and %+v, want %+v and %+v", st.WebSocketTraffic, st.PollingTraffic, want, before)
	}
}

// TestTrafficOfHeartbeats, which both sides ask.
func TestTrafficOfHeartbeats(t *testing.T) {
	e := start(t)
	s := e.socket(t, "EIO=4")
	n := len(s.next()) - 1
	session := e.session(t)
	e.on(t, func() { engineio.Ping(session) })
	s.expect("2")
	s.text("3")
	old := e.socket(t, "EIO=3")
	n += len(old.next()) - 1
	old.text("2")
	old.expect("3")
	until(t, "the pong is heard", func() (heard bool) {
		e.on(t, func() { heard = !engineio.AwaitsPong(session) })
		return
	})
	want := engineio.Traffic{PacketsIn: 2, PacketsOut: 4, BytesOut: uint64(n)}
	if st := e.stats(t); st.WebSocketTraffic != want {
		t.Errorf("%+v, want %+v", st.WebSocketTraffic, want)
	}
}

// TestEnded drives each reason to its own number.
func TestEnded(t *testing.T) {
	e := start(t, queueOf(1<<10))
	ends := []func(*engineio.Session, *socket){
		func(_ *engineio.Session, s *socket) { s.text("2") }, // a ping of revision 3
		func(_ *engineio.Session, s *socket) { s.raw(frame(true, ws.OpClose, "")) },
		func(session *engineio.Session, _ *socket) { e.on(t, session.Close) },
		func(session *engineio.Session, _ *socket) {
			e.on(t, func() { engineio.Ping(session); engineio.Ping(session) })
		},
		func(_ *engineio.Session, s *socket) { s.text("?") },
		nil, // ShuttingDown comes last
		func(session *engineio.Session, _ *socket) {
			e.on(t, func() { session.Send(messages("first", strings.Repeat("x", 2<<10))...) })
		},
		func(session *engineio.Session, _ *socket) { e.on(t, func() { session.Fail("mine") }) },
	}
	var want [len(engineio.Reasons)]uint64
	open := func() (*engineio.Session, *socket) {
		s := e.openSocket(t, "EIO=4")
		return e.session(t), s
	}
	for i, end := range ends {
		for range i + 1 {
			session, s := open()
			if end != nil {
				end(session, s)
				s.ended()
				want[i]++
			}
		}
	}
	if st := e.stats(t); st.Ended != want || st.Overflows != want[6] || st.Queues != want[6] {
		t.Errorf("ended %v, want %v", st.Ended, want)
	}
	e.server.Shutdown()
	want[5] = 6
	if st := e.stats(t); st.Ended != want || st.WebSocket != (engineio.RevisionCount{}) || st.Handshakes != 36 {
		t.Errorf("ended %v, want %v: %+v", st.Ended, want, st)
	}
}

// TestRefusedByCode, over polling and over a WebSocket's handshake.
func TestRefusedByCode(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.AllowEIO3 = false }))
	for code, c := range []struct {
		method, query string
		lines         []string
	}{
		{"GET", "EIO=4&transport=foo", nil},
		{"GET", "EIO=4&transport=websocket&sid=none", upgradeLines},
		{"POST", "EIO=4&transport=polling", nil},
		{"GET", "EIO=4&transport=websocket", upgradeLines[:3]},
		{"GET", "EIO=4&transport=polling", []string{"Origin: http://evil.test"}},
		{"GET", "EIO=3&transport=websocket", upgradeLines},
	} {
		for range code + 1 {
			w := dial(t, e.addr)
			w.request(c.method, c.query, "", c.lines...)
			if status, _, _ := w.answer(); status < 400 {
				t.Errorf("%s answered %d", c.query, status)
			}
		}
		if engineio.RefusalMessage(code) == "" {
			t.Errorf("code %d has no message", code)
		}
	}
	if st := e.stats(t); st.Refused != [engineio.RefusalCodes]uint64{1, 2, 3, 4, 5, 6} {
		t.Errorf("refused %v", st.Refused)
	}
}

// TestHandovers counts those that are done and those under way.
func TestHandovers(t *testing.T) {
	r := &slowRouter{arrived: make(chan struct{}), leave: make(chan struct{})}
	e := start(t, func(s *setup) { r.deadEnd = deadEnd{s.loop}; s.options.Router = r })
	var all []*wire
	for range 3 {
		u := dial(t, e.addr)
		u.get("EIO=4&transport=websocket&sid=elsewhere", upgradeLines...)
		<-r.arrived
		all = append(all, u)
	}
	if st := e.server.Stats(); st.Handing != 3 || st.Handovers != 0 {
		t.Errorf("stats %+v", st)
	}
	close(r.leave)
	for _, u := range all {
		u.ends()
	}
	until(t, "they are handed over", func() bool { return e.server.Stats().Handing == 0 })
	if st := e.server.Stats(); st.Handovers != 3 {
		t.Errorf("stats %+v", st)
	}
}

// slowRouter takes its time to pass a connection on.
type slowRouter struct {
	deadEnd
	arrived, leave chan struct{}
}

func (r *slowRouter) Handover(sid string, fd int, unread []byte, remote net.Addr) {
	r.arrived <- struct{}{}
	<-r.leave
	r.deadEnd.Handover(sid, fd, unread, remote)
}
