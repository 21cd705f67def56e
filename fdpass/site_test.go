package fdpass_test

import "testing"

func TestSite(t *testing.T) {
	sites := make(map[uint64]string)
	for _, same := range [][]string{
		{"10.1.2.3:1", "10.1.2.3:65535", "[::ffff:10.1.2.3]:7"},
		{"0.0.0.0:1"},
		{"255.255.255.255:1"},
		{"[::1]:1", "[::2]:1"},
		{"[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff:ffff:ffff:ffff]:2"},
		{"[2001:db8:1:3::1]:1"},
		{"[fe80::1%eth0]:1", "[fe80::1%eth1]:1"},
	} {
		want := addr(t, same[0]).Site()
		if other, ok := sites[want]; ok || want == 0 {
			t.Errorf("%s has the site of %q", same[0], other)
		}
		sites[want] = same[0]
		for _, a := range same[1:] {
			if got := addr(t, a).Site(); got != want {
				t.Errorf("%s: %x, %s: %x", same[0], want, a, got)
			}
		}
	}
	if got := addr(t, "").Site(); got != 0 {
		t.Errorf("a client of a Unix socket has the site %x", got)
	}
}

func TestSiteAllocatesNothing(t *testing.T) {
	a, b := addr(t, "10.1.2.3:1"), addr(t, "[2001:db8::1]:1")
	if n := testing.AllocsPerRun(100, func() { _ = a.Site() + b.Site() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
