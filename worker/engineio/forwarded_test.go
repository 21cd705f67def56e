package engineio_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

const (
	pollingOpens = "EIO=4&transport=polling"
	socketOpens  = "EIO=4&transport=websocket"
)

// trusting names the proxies.
func trusting(header string, networks ...string) func(*setup) {
	return options(func(o *engineio.Options) { o.TrustedProxies, o.ForwardedHeader = networks, header })
}

// came tells where the newest session's client is said to be.
func (e *engine) came(t *testing.T) string {
	t.Helper()
	return fmt.Sprint(e.session(t).Request().Remote)
}

// One connection of a trusted proxy's carries many clients, each with its own address, and some without.
func TestForwardedOnOneConnection(t *testing.T) {
	e := start(t, trusting("", "127.0.0.0/8"))
	w := dial(t, e.addr)
	peer := w.LocalAddr().String()
	for _, c := range []struct{ line, want string }{
		{"X-Forwarded-For: 192.0.2.1", "192.0.2.1:0"},
		{"x-forwarded-for: 192.0.2.9, 192.0.2.2:4711, 127.0.0.3", "192.0.2.2:4711"},
		{"X-Other: 192.0.2.9", peer},
		{"X-Forwarded-For: [2001:db8::1]:5", "[2001:db8::1]:5"},
		{"X-Forwarded-For: unknown", peer},
		{"X-Real-IP: 192.0.2.9", peer},
		{"X-Forwarded-For: 192.0.2.3\r\nX-Forwarded-For: 127.0.0.9", "192.0.2.3:0"},
	} {
		w.get(pollingOpens, c.line)
		status, body, _ := w.answer()
		if got := e.came(t); status != 200 || got != c.want {
			t.Errorf("%q: %d, %s, want %s", c.line, status, got, c.want)
		}
		q := pollingOpens + "&sid=" + parseOpen(t, body).SID
		w.post(q, "4a", "X-Forwarded-For: 192.0.2.99") // from then on the loop has the connection
		w.expect(200, "ok")
	}
	w.get(socketOpens, append(upgradeLines, "X-Forwarded-For: 192.0.2.4")...)
	w.expectUpgrade()
	if got := e.came(t); got != "192.0.2.4:0" {
		t.Errorf("WebSocket: %s", got)
	}
	if n := e.server.Stats().ForwardedIgnored; n != 0 {
		t.Errorf("%d were ignored", n)
	}
}

// Of a peer that is no trusted proxy the header is ignored, and counted once a session.
func TestForwardedIsIgnored(t *testing.T) {
	e := start(t, trusting("", "10.0.0.0/8"))
	w := dial(t, e.addr)
	w.get(pollingOpens, "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https")
	_, body, _ := w.answer()
	if r := e.session(t).Request(); r.Remote.String() != w.LocalAddr().String() || r.Secure {
		t.Errorf("remote %v, secure %v", r.Remote, r.Secure)
	}
	q := pollingOpens + "&sid=" + parseOpen(t, body).SID
	w.post(q, "4a", "X-Forwarded-For: 10.0.0.1")
	w.expect(200, "ok")
	w.get(pollingOpens)
	w.answer()
	if n := e.server.Stats().ForwardedIgnored; n != 1 {
		t.Errorf("%d were ignored", n)
	}
	none := start(t)
	w = dial(t, none.addr)
	w.get(pollingOpens, "X-Forwarded-For: 192.0.2.1")
	w.answer()
	if got := none.came(t); got != w.LocalAddr().String() || none.server.Stats().ForwardedIgnored != 1 {
		t.Errorf("nobody is trusted: %s, %d ignored", got, none.server.Stats().ForwardedIgnored)
	}
}

func TestForwardedProto(t *testing.T) {
	e := start(t, trusting("", "127.0.0.1"))
	for line, want := range map[string]bool{
		"X-Forwarded-Proto: https": true, "x-forwarded-proto: http, HTTPS": true, "X-Forwarded-Proto: http": false, "X-Forwarded-Proto:": false, "X-Other: https": false,
	} {
		w := dial(t, e.addr)
		w.get(pollingOpens, line)
		w.answer()
		if r := e.session(t).Request(); r.Secure != want {
			t.Errorf("%q: %v", line, r.Secure)
		}
	}
}

// Another header that names addresses takes X-Forwarded-For's place; one that names something else does not.
func TestForwardedHeader(t *testing.T) {
	lines := []string{"X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.2", "X-User: 192.0.2.3"}
	for header, want := range map[string]string{"": "192.0.2.1:0", "x-real-ip": "192.0.2.2:0", "X-User": "192.0.2.1:0"} {
		e := start(t, trusting(header, "127.0.0.1"))
		w := dial(t, e.addr)
		w.get(pollingOpens, lines...)
		w.answer()
		if got := e.came(t); got != want {
			t.Errorf("%q: %s", header, got)
		}
	}
}

// The address that a PROXY header has given the connection decides whom to trust, and so does having none.
func TestForwardedByPeer(t *testing.T) {
	proxy, client := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 7}
	for _, c := range []struct {
		name, trusted string
		remote        net.Addr
		want          string
	}{
		{"a proxy", "192.0.2.1", proxy, "198.51.100.1:0"},
		{"a client", "192.0.2.1", client, client.String()},
		{"a Unix socket", "unix", nil, "198.51.100.1:0"},
		{"a Unix socket with a name", "unix", &net.UnixAddr{Net: "unix", Name: "@"}, "198.51.100.1:0"},
		{"a Unix socket that is not trusted", "0.0.0.0/0", nil, "<nil>"},
	} {
		e := start(t, trusting("", c.trusted))
		w := descriptor(t, e, nil, c.remote)
		for range 2 { // the second one comes back from the loop
			w.get(pollingOpens, "X-Forwarded-For: 198.51.100.1")
			_, body, _ := w.answer()
			if got := e.came(t); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			w.post(pollingOpens+"&sid="+parseOpen(t, body).SID, "4a")
			w.expect(200, "ok")
		}
	}
}

// An upgrade that is handed over comes with the connection's own address, so that the session's process trusts, or does not, anew.
func TestForwardedHandover(t *testing.T) {
	a, b, r := join(t, trusting("", "127.0.0.0/8"))
	w := dial(t, b.addr)
	w.get(pollingOpens, "X-Forwarded-For: 192.0.2.1")
	_, body, _ := w.answer()
	s := b.session(t)
	sid := parseOpen(t, body).SID
	up := dial(t, a.addr)
	up.get(socketOpens+"&sid="+sid, append(upgradeLines, "X-Forwarded-For: 192.0.2.1")...)
	up.expectUpgrade()
	up.write(text("2probe"))
	up.frames("3probe")
	up.write(text("5"))
	until(t, "the session is upgraded", func() bool { return b.server.Stats().Upgrades == 1 })
	if got := fmt.Sprint(s.Request().Remote); got != "192.0.2.1:0" {
		t.Errorf("the session's client is %s", got)
	}
	if got := fmt.Sprint(r.handed.Load()); got != up.LocalAddr().String() {
		t.Errorf("handed over as %s's, not %s's", got, up.LocalAddr())
	}
}

// Who is trusted changes while the server runs.
func TestForwardedReconfigured(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	for _, c := range []struct {
		trusted []string
		want    string
	}{{[]string{"127.0.0.0/8"}, "192.0.2.1:0"}, {nil, "192.0.2.1:0"}, {[]string{}, w.LocalAddr().String()}} {
		if err := e.server.Reconfigure(engineio.Changes{TrustedProxies: c.trusted}); err != nil {
			t.Fatal(err)
		}
		w.get(pollingOpens, "X-Forwarded-For: 192.0.2.1")
		w.answer()
		if got := e.came(t); got != c.want {
			t.Errorf("%q: %s", c.trusted, got)
		}
	}
	if err := e.server.Reconfigure(engineio.Changes{TrustedProxies: []string{"rubbish"}}); err == nil {
		t.Error("rubbish is trusted")
	}
}
