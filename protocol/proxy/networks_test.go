package proxy_test

import (
	"net/netip"
	"testing"

	"github.com/ioserver/ioserver/protocol/proxy"
)

func networks(t testing.TB, list ...string) *proxy.Networks {
	t.Helper()
	n, err := proxy.ParseNetworks(list)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNetworks(t *testing.T) {
	n := networks(t, "10.1.2.3/8", "192.0.2.1", "2001:db8::/32", "::1", "::ffff:198.51.100.0/120", "fe80::/10")
	for address, want := range map[string]bool{
		"10.0.0.0": true, "10.255.255.255": true, "11.0.0.0": false, "9.255.255.255": false, "::ffff:10.0.0.1": true,
		"192.0.2.1": true, "192.0.2.2": false, "2001:db8:ffff::1": true, "2001:db9::": false, "::1": true, "::2": false,
		"198.51.100.9": true, "198.51.101.9": false, "fe80::1%eth0": true, "0.0.0.0": false,
	} {
		if got := n.Trusts(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if n.Trusts(netip.Addr{}) || n.None() || n.Everybody() {
		t.Error("Unix sockets are trusted, or nobody is, or everybody")
	}
	unix := networks(t, "unix")
	if !unix.Trusts(netip.Addr{}) || unix.Trusts(netip.IPv4Unspecified()) || unix.None() {
		t.Error("unix is not what it says")
	}
	var nobody *proxy.Networks
	for _, n := range []*proxy.Networks{nobody, networks(t)} {
		if !n.None() || n.Trusts(netip.Addr{}) || n.Trusts(netip.IPv6Loopback()) {
			t.Error("nobody is somebody")
		}
	}
	for _, all := range []string{"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"} {
		if !networks(t, "10.0.0.0/8", all).Everybody() {
			t.Errorf("%s is not everybody", all)
		}
	}
	if networks(t, "0.0.0.0/0").Trusts(netip.IPv6Loopback()) {
		t.Error("all of IPv4 has IPv6 in it")
	}
}

func TestBadNetworks(t *testing.T) {
	for _, s := range []string{"", "10.0.0.0/33", "10.0.0/8", "proxy.example", "fe80::1%eth0", "fe80::1%eth0/64", "::/129", "10.0.0.0/-1", "Unix", "10.0.0.1:80", " 10.0.0.1"} {
		if _, err := proxy.ParseNetworks([]string{"10.0.0.0/8", s}); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}
