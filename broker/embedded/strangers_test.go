package embedded_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker/embedded"
)

// TestStrangers are refused, and both sides say so, with the other's address.
func TestStrangers(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*testing.T, *machine)
		ours, told string // what the two log
	}{
		"secret": {func(t *testing.T, m *machine) { m.Peering.Secret = derived(t, "test", "another secret, as long") },
			"its cluster secret is not ours", "it refuses our cluster secret"},
		"cluster": {func(t *testing.T, m *machine) {
			m.Cluster, m.Peering.Secret = "other", derived(t, "other", shared)
		}, "it is not of this cluster", "it is of another cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := alone(t).start(t), alone(t)
			friend := alone(t).joins(a).start(t)
			c.change(t, b)
			b.joins(a).start(t)
			host, _, _ := net.SplitHostPort(a.address)
			a.log.await(t, "level=WARN", c.ours, "peer=127.0.0.1:")
			b.log.await(t, "level=WARN", c.told, "peer="+a.address, "next=")
			// Again and again, but it is said once.
			eventually(t, "it tries again", func() bool { return a.Stats.Refused.Load() >= 2 })
			if n := a.log.times(c.ours); n != 1 {
				t.Errorf("said %d times by %s", n, host)
			}
			if n := b.log.times(c.told); n != 1 {
				t.Errorf("said %d times by the stranger", n)
			}
			a.joined(t, 1)
			whole(t, a, friend)
			if n := b.Stats.Routes.Load(); n != 0 {
				t.Errorf("%d connections", n)
			}
			apart(t, a, b)
		})
	}
}

// apart: what is published on one side does not reach the other.
func apart(t *testing.T, a, b *machine) {
	t.Helper()
	for _, pair := range [][2]*machine{{a, b}, {b, a}} {
		heard := pair[1].hear(t, ">")
		nc := connect(t, pair[0].url, pair[0].Internal)
		if err := nc.Publish("stranger", nil); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		select {
		case m := <-heard:
			t.Errorf("heard %s", m.Subject)
		case <-time.After(10 * time.Millisecond): // nothing is to come: there is no event
		}
	}
}

// TestClientsCannotUseThePort, whatever credentials they have.
func TestClientsCannotUseThePort(t *testing.T) {
	t.Parallel()
	m := alone(t).start(t)
	for _, c := range []embedded.Credential{{}, m.Internal, {User: "ioserver.test", Secret: m.Peering.Secret}} {
		nc, err := nats.Connect("nats://"+m.address, nats.UserInfo(c.User, c.Secret), nats.Timeout(patience))
		if err == nil {
			nc.Close()
			t.Errorf("%q is let in", c.User)
		}
	}
}

// TestTwoListeners: loopback for clients, and the one for other servers.
func TestTwoListeners(t *testing.T) {
	before := listeners(t)
	m := alone(t).start(t)
	after := listeners(t)
	for l := range before {
		delete(after, l)
	}
	if len(after) != 2 || !after["tcp "+strings.TrimPrefix(m.url, "nats://")] || !after["tcp "+m.address] {
		t.Errorf("listening on %v, for clients %s, for servers %s", after, m.url, m.address)
	}
}

// TestPortInUse is one clear line.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	m := alone(t).start(t)
	other := at(t, m.address)
	other.Port = 1 // as if it had had one before
	err := embedded.Run(context.Background(), other.Config, func(string) { t.Error("ready") })
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
}

func TestBadPeering(t *testing.T) {
	for name, spoil := range map[string]func(*embedded.Peering){
		"no address":  func(p *embedded.Peering) { p.Listen = "" },
		"no port":     func(p *embedded.Peering) { p.Listen = "127.0.0.1" },
		"port 0":      func(p *embedded.Peering) { p.Listen = "127.0.0.1:0" },
		"large port":  func(p *embedded.Peering) { p.Listen = "127.0.0.1:65536" },
		"no secret":   func(p *embedded.Peering) { p.Secret = "" },
		"short":       func(p *embedded.Peering) { p.Secret = "0123456789abcde" },
		"join nobody": func(p *embedded.Peering) { p.Join = []string{":6222"} },
		"join":        func(p *embedded.Peering) { p.Join = []string{"a:1", "b"} },
		"tls":         func(p *embedded.Peering) { p.TLS = new(embedded.PEM) },
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			c.Peering = &embedded.Peering{Listen: "127.0.0.1:6222", Secret: "0123456789abcdef"}
			spoil(c.Peering)
			err := embedded.Run(context.Background(), c, func(string) { t.Error("ready") })
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRouteSecret(t *testing.T) {
	if _, err := embedded.RouteSecret("c", "0123456789abcde"); err == nil || strings.Contains(err.Error(), "0123") {
		t.Errorf("a short secret: %v", err)
	}
	made := map[string]bool{}
	for _, pair := range [][2]string{{"a", shared}, {"b", shared}, {"a", shared + "x"}} {
		s := derived(t, pair[0], pair[1])
		if made[s] || len(s) < 40 || strings.Contains(s, shared) || s != derived(t, pair[0], pair[1]) {
			t.Errorf("%q of %q", s, pair)
		}
		made[s] = true
	}
}
