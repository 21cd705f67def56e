package command

import (
	"strings"
	"testing"
)

// A network that has everybody in it is warned about, by what was given.
func TestTrustOfEverybodyIsLoud(t *testing.T) {
	for value, loud := range map[string]bool{
		"0.0.0.0/0": true, "::/0": true, "::ffff:0.0.0.0/96": true, "10.0.0.0/8": false, "unix": false, "192.0.2.1": false,
	} {
		w := parse(t, "--trusted-proxy=192.0.2.0/24", "--trusted-proxy", value).warnings()
		if said := strings.Contains(strings.Join(w, "\n"), "--trusted-proxy="+value); said != loud {
			t.Errorf("%s: %q", value, w)
		}
	}
}

// What lets clients in unasked is loud, where there is somebody to ask.
func TestAbsentBackendIsLoud(t *testing.T) {
	for _, c := range []struct {
		line []string
		loud bool
	}{
		{[]string{"--backend=nats", "--backend-absent=allow"}, true},
		{[]string{"--backend=nats"}, false},
		{[]string{"--backend-absent=allow"}, false},
	} {
		w := parse(t, c.line...).warnings()
		if said := strings.Contains(strings.Join(w, "\n"), "--backend-absent=allow"); said != c.loud {
			t.Errorf("%q: %q", c.line, w)
		}
	}
}

// A token is not to cross a network that anybody can read.
func TestAPIOnANetworkIsLoud(t *testing.T) {
	t.Setenv(tokenVariable, tokenA)
	for address, loud := range map[string]bool{
		"127.0.0.1:1": false, "[::1]:1": false, "localhost:1": false, "unix:/tmp/a:1": false,
		":1": true, "0.0.0.0:1": true, "[::]:1": true, "192.0.2.1:1": true, "io.example.com:1": true,
	} {
		w := parse(t, "--api-listen=unix:/tmp/b", "--api-listen", address).warnings()
		if said := strings.Contains(strings.Join(w, "\n"), "--api-listen="+address); said != loud {
			t.Errorf("%s: %q", address, w)
		}
	}
}

// More networks than a request is to be compared with are refused.
func TestTooManyNetworks(t *testing.T) {
	o := parse(t)
	for range mostNetworks {
		o.worker.TrustedProxies = append(o.worker.TrustedProxies, "192.0.2.1")
	}
	if err := o.check(); err != nil {
		t.Errorf("%d: %v", mostNetworks, err)
	}
	o.worker.TrustedProxies = append(o.worker.TrustedProxies, "192.0.2.1")
	if err := o.check(); err == nil || !strings.Contains(err.Error(), "256") {
		t.Errorf("one more: %v", err)
	}
}
