package embedded_test

import (
	"strings"
	"testing"
	"time"
)

// TestWhoIsRefusedOverTLS hears why, and so does the other side, whichever of
// them has connected.
func TestWhoIsRefusedOverTLS(t *testing.T) {
	over := func(t *testing.T, a *authority) *machine {
		m := alone(t)
		m.Peering.TLS = a.issue(time.Now().Add(3 * time.Second))
		return m
	}
	other := func(t *testing.T, _ *authority) *machine { return newAuthority(t).machine(t) }
	plain := func(t *testing.T, _ *authority) *machine { return alone(t) }
	for name, c := range map[string]struct {
		stranger    func(*testing.T, *authority) *machine
		connects    bool   // the stranger does
		ours, their string // what the two log
	}{
		"over, connects":              {over, true, "expired", "our own certificate: x509: certificate has expired"},
		"over":                        {over, false, "expired", "it refuses our certificate"},
		"another authority, connects": {other, true, "it refuses our certificate", "unknown authority"},
		"another authority":           {other, false, "unknown authority", "it refuses our certificate"},
		"no TLS, connects":            {plain, true, "TLS handshake", "it may want TLS"},
		"no TLS":                      {plain, false, "TLS handshake", "it may want TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			we, stranger := a.machine(t), c.stranger(t, a)
			if c.connects {
				stranger.joins(we)
			} else {
				we.joins(stranger)
			}
			stranger.start(t)
			if pem := stranger.Peering.TLS; pem != nil && strings.HasPrefix(name, "over") {
				stranger.log.await(t, "our certificate for other machines ends")
				<-time.After(4 * time.Second) // it has ended
			}
			we.start(t)
			t.Log(we.log.await(t, "level=WARN", "a server ", c.ours))
			t.Log(stranger.log.await(t, "level=WARN", "a server ", c.their))
			apart(t, we, stranger)
		})
	}
}
