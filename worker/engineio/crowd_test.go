package engineio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func perAddress(n int) func(*setup) {
	return options(func(o *engineio.Options) {
		o.PollingPerAddress, o.TrustedProxies = n, []string{"127.0.0.0/8", "unix"}
	})
}

// crowd is a connection of a proxy's that opens sessions for clients.
type crowd struct {
	*wire
	t *testing.T
}

// opens opens a session that polls for a client, or is told to come again.
func (c *crowd) opens(client string, want bool) (query string) {
	c.t.Helper()
	var lines []string
	if client != "" {
		lines = append(lines, "X-Forwarded-For: "+client)
	}
	c.get(pollingOpens, lines...)
	status, body, h := c.answer()
	switch {
	case want && status == 200:
		return pollingOpens + "&sid=" + parseOpen(c.t, body).SID
	case want, status != 503, h.Get("Retry-After") != "1":
		c.t.Errorf("%s: %d %s", client, status, body)
	}
	return ""
}

// TestCrowd: one connection opens no more sessions that poll than its client's
// address may have.
func TestCrowd(t *testing.T) {
	e := start(t, perAddress(2))
	c := &crowd{dial(t, e.addr), t}
	var queries []string
	for _, client := range []string{"192.0.2.1", "192.0.2.1:7", "192.0.2.2", "192.0.2.2", "2001:db8::1", "2001:db8::2:0:0:1", "2001:db8:0:1::1"} {
		queries = append(queries, c.opens(client, true))
	}
	for _, client := range []string{"192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "2001:db8::3"} {
		c.opens(client, false)
	}
	c.opens("192.0.2.3", true)
	if st := e.stats(t); st.Crowded != 4 || st.Handshakes != 8 {
		t.Errorf("%+v", st)
	}
	c.post(queries[0], "1")
	c.expect(200, "ok")
	c.opens("192.0.2.1", true) // one has ended
	c.opens("192.0.2.1", false)
	s := e.socket(t, strings.Replace(queries[2], "transport=polling&", "", 1))
	s.text("2probe")
	s.expect("3probe")
	c.opens("192.0.2.2", false)
	s.text("5")
	s.text("4a")
	s.expect("4a")
	c.opens("192.0.2.2", true) // one polls no more
	c.opens("192.0.2.2", false)
	_ = s.Close()
	for range 2 {
		e.awaitClose(t, engineio.TransportClose)
	}
	c.opens("192.0.2.2", false) // it was not counted any more
}

// TestCrowdOfNobody: clients of a Unix socket have no address.
func TestCrowdOfNobody(t *testing.T) {
	e := start(t, perAddress(1))
	c := &crowd{descriptor(t, e, nil, nil), t}
	for range 3 {
		c.opens("", true)
	}
	c.opens("192.0.2.1", true)
	c.opens("192.0.2.1", false)
}

// TestReconfigureCrowd counts the sessions that are there, and ends none.
func TestReconfigureCrowd(t *testing.T) {
	e := start(t, perAddress(0))
	c := &crowd{dial(t, e.addr), t}
	for range 3 {
		c.opens("192.0.2.1", true)
	}
	for most, want := range map[int]bool{3: false, 4: true} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			e.reconfigure(t, engineio.Changes{PollingPerAddress: &most})
			e.on(t, func() {})
			q := c.opens("192.0.2.1", want)
			if want {
				c.post(q, "1")
				c.expect(200, "ok")
			}
		})
	}
	none := 0
	e.reconfigure(t, engineio.Changes{PollingPerAddress: &none})
	for range 5 {
		c.opens("192.0.2.1", true)
	}
	e.on(t, func() {
		if n := e.server.Len(); n != 8 {
			t.Errorf("%d sessions", n)
		}
	})
}
