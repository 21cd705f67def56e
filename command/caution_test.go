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
