package engineio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

// TestRefusals are the reference's codes and bodies.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, method, query string
		change              func(*engineio.Options)
		body                string
	}{
		{"unknown transport", "GET", "EIO=4&transport=foo", nil, unknownTransport},
		{"no transport", "GET", "EIO=4", nil, unknownTransport},
		{"unknown transport of a POST", "POST", "EIO=4&transport=foo", nil, unknownTransport},
		{"an empty query", "GET", "", nil, unknownTransport},
		{"transport of an object", "GET", "EIO=4&transport=__proto__", nil, unknownTransport},
		{"webtransport", "GET", "EIO=4&transport=webtransport", nil, unknownTransport},
		{"polling switched off", "GET", "EIO=4&transport=polling", func(o *engineio.Options) { o.Transports = []string{"websocket"} }, unknownTransport},
		{"unknown sid", "GET", "EIO=4&transport=polling&sid=abc", nil, unknownSID},
		{"unknown sid of a POST", "POST", "EIO=4&transport=polling&sid=abc", nil, unknownSID},
		{"sid of an object", "GET", "EIO=4&transport=polling&sid=__proto__", nil, unknownSID},
		{"sid with a null byte", "GET", "EIO=4&transport=polling&sid=%00", nil, unknownSID},
		{"long sid", "GET", "EIO=4&transport=polling&sid=" + strings.Repeat("a", 8000), nil, unknownSID},
		{"POST without a sid", "POST", "EIO=4&transport=polling", nil, badMethod},
		{"OPTIONS without a sid", "OPTIONS", "EIO=4&transport=polling", nil, badMethod},
		{"empty sid", "POST", "EIO=4&transport=polling&sid=", nil, badMethod},
		{"websocket without an upgrade", "GET", "EIO=4&transport=websocket", nil, badRequest},
		{"revision 3 switched off", "GET", "EIO=3&transport=polling", func(o *engineio.Options) { o.AllowEIO3 = false }, badProtocol},
		{"no revision, 3 switched off", "GET", "transport=polling", func(o *engineio.Options) { o.AllowEIO3 = false }, badProtocol},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, options(func(o *engineio.Options) {
				if c.change != nil {
					c.change(o)
				}
			}))
			w := dial(t, e.addr)
			w.request(c.method, c.query, "")
			if h := w.expect(400, c.body); h.Get("Content-Type") != "application/json" {
				t.Errorf("type %q", h.Get("Content-Type"))
			}
			w.request(c.method, c.query, "") // the connection goes on
			w.expect(400, c.body)
		})
	}
}

var upgradeLines = []string{
	"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
}

// TestRefusedUpgrades are the reference's raw answers, behind which the
// connection ends.
func TestRefusedUpgrades(t *testing.T) {
	without := func(i int, instead ...string) []string {
		return append(append(append([]string{}, upgradeLines[:i]...), instead...), upgradeLines[i+1:]...)
	}
	for _, c := range []struct {
		name, query string
		lines       []string
		change      func(*engineio.Options)
		body        string
	}{
		{"unknown transport", "EIO=4&transport=foo", upgradeLines, nil, "Transport unknown"},
		{"switched off", "EIO=4&transport=websocket", upgradeLines, func(o *engineio.Options) { o.Transports = []string{"polling"} }, "Transport unknown"},
		{"polling", "EIO=4&transport=polling", upgradeLines, nil, "Bad request"},
		{"unknown sid", "EIO=4&transport=websocket&sid=abc", upgradeLines, nil, "Session ID unknown"},
		{"revision 3 switched off", "EIO=3&transport=websocket", upgradeLines, func(o *engineio.Options) { o.AllowEIO3 = false }, "Unsupported protocol version"},
		{"no key", "EIO=4&transport=websocket", without(3), nil, "Missing or invalid Sec-WebSocket-Key header"},
		{"short key", "EIO=4&transport=websocket", without(3, "Sec-WebSocket-Key: abc"), nil, "Missing or invalid Sec-WebSocket-Key header"},
		{"no version", "EIO=4&transport=websocket", without(2), nil, "Missing or invalid Sec-WebSocket-Version header"},
		{"version 12", "EIO=4&transport=websocket", without(2, "Sec-WebSocket-Version: 12"), nil, "Missing or invalid Sec-WebSocket-Version header"},
		{"bad subprotocol", "EIO=4&transport=websocket", append(without(2, upgradeLines[2]), "Sec-WebSocket-Protocol: a,,b"), nil,
			"Invalid Sec-WebSocket-Protocol header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, options(func(o *engineio.Options) {
				if c.change != nil {
					c.change(o)
				}
			}))
			w := dial(t, e.addr)
			w.get(c.query, c.lines...)
			h := w.expect(400, c.body)
			if h.Get("Content-Type") != "text/html" {
				t.Errorf("headers %v", h)
			}
			if (h.Get("Sec-WebSocket-Version") == "13") != strings.Contains(c.body, "Version header") {
				t.Errorf("headers %v", h)
			}
			w.ends()
		})
	}
}

// TestMismatches leave the session unharmed.
func TestMismatches(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	sid := "&sid=" + p.sid
	p.get()
	w := dial(t, e.addr)
	for _, q := range []string{"EIO=3&transport=polling", "transport=polling", "EIO=4&transport=websocket", "EIO=3&transport=websocket"} {
		w.get(q + sid)
		w.expect(400, badRequest)
		w.post(q+sid, "4a")
		w.expect(400, badRequest)
	}
	for _, q := range []string{"EIO=3&transport=websocket", "transport=websocket", "EIO=4&transport=polling"} {
		u := dial(t, e.addr)
		u.get(q+sid, upgradeLines...)
		u.expect(400, "Bad request")
		u.ends()
	}
	p.post("4a")
	p.poll.expect(200, "4a")
	if st := e.server.Stats(); st.Refused[engineio.BadRequest] != 11 || st.Polling.V4 != 1 {
		t.Errorf("stats %+v", st)
	}

	s := e.openSocket(t, "EIO=4")
	sid = "&sid=" + e.session(t).ID()
	for _, q := range []string{"EIO=4&transport=polling", "EIO=4&transport=websocket"} {
		w.get(q + sid)
		w.expect(400, badRequest)
		w.post(q+sid, "4a")
		w.expect(400, badRequest)
	}
	s.text("4b")
	s.expect("4b")
}

// TestNoUpgrade: a header that proxies leave behind does not make a poll an
// upgrade.
func TestNoUpgrade(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	for _, lines := range [][]string{{"Upgrade: websocket"}, {"Upgrade: h2c", "Connection: Upgrade"}, {"Upgrade: websocket", "Connection: keep-alive"}} {
		w.get("EIO=4&transport=polling", lines...)
		if status, body, _ := w.answer(); status != 200 || !strings.HasPrefix(body, `0{"sid"`) {
			t.Errorf("%v: %d %q", lines, status, body)
		}
	}
}
