package proxy_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/proxy"
)

func TestClient(t *testing.T) {
	n := networks(t, "10.0.0.0/8", "fd00::/8")
	for _, c := range []struct{ name, head, want string }{
		{"one", "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1:0"},
		{"between others", "Host: a\r\nX-Forwarded-For: 192.0.2.1\r\nAccept: 192.0.2.9\r\n", "192.0.2.1:0"},
		{"no end of line", "Host: a\r\nX-Forwarded-For: 192.0.2.1", "192.0.2.1:0"},
		{"LF only", "X-Forwarded-For: 192.0.2.1\nHost: a\n", "192.0.2.1:0"},
		{"case", "x-FORWARDED-for:192.0.2.1\r\n", "192.0.2.1:0"},
		{"the rightmost", "X-Forwarded-For: 192.0.2.9, 192.0.2.1\r\n", "192.0.2.1:0"},
		{"the rightmost that is not trusted", "X-Forwarded-For: 192.0.2.9, 192.0.2.1, 10.0.0.2 ,fd00::1\r\n", "192.0.2.1:0"},
		{"over several lines", "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.1, 10.0.0.2\r\nHost: a\r\nX-Forwarded-For: 10.0.0.3\r\n", "192.0.2.1:0"},
		{"all are trusted: the leftmost", "X-Forwarded-For: 10.9.9.9, 10.0.0.2\r\nX-Forwarded-For: 10.0.0.3\r\n", "10.9.9.9:0"},
		{"empty elements", "X-Forwarded-For: 192.0.2.1,, ,\t\r\nX-Forwarded-For:\r\n", "192.0.2.1:0"},
		{"a port", "X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1:4711"},
		{"IPv6", "X-Forwarded-For: 2001:db8::1\r\n", "[2001:db8::1]:0"},
		{"IPv6 in brackets", "X-Forwarded-For: [2001:db8::1]\r\n", "[2001:db8::1]:0"},
		{"IPv6 with a port", "X-Forwarded-For: [2001:db8::1]:4711, [fd00::2]:1\r\n", "[2001:db8::1]:4711"},
		{"IPv4 mapped", "X-Forwarded-For: ::ffff:192.0.2.1, ::ffff:10.0.0.1\r\n", "192.0.2.1:0"},
		{"folded", "X-Forwarded-For: 192.0.2.9,\r\n\t192.0.2.1\r\n , 10.0.0.1\r\nHost: a\r\n", "192.0.2.1:0"},
		{"folded before it begins", "Host: a\nX-Forwarded-For:\n 192.0.2.1\n", "192.0.2.1:0"},
		{"folded, of another", "X-Forwarded-For: 192.0.2.1\r\nA: b\r\n 192.0.2.9\r\n", "192.0.2.1:0"},
		{"rubbish to the left of what decides", "X-Forwarded-For: <script>, 192.0.2.1\r\n", "192.0.2.1:0"},

		{"none", "Host: a\r\n", ""},
		{"nothing", "", ""},
		{"empty", "X-Forwarded-For: \r\n", ""},
		{"a longer name", "X-Forwarded-Fore: 192.0.2.1\r\nXX-Forwarded-For: 192.0.2.1\r\n", ""},
		{"a space before the colon", "X-Forwarded-For : 192.0.2.1\r\n", ""},
		{"in another's value", "Cookie: X-Forwarded-For: 192.0.2.1\r\n", ""},
		{"rubbish decides", "X-Forwarded-For: 192.0.2.1, unknown\r\n", ""},
		{"rubbish behind trusted ones", "X-Forwarded-For: 192.0.2.1, unix:, 10.0.0.1\r\n", ""},
		{"folded in an address", "X-Forwarded-For: 192.0.2\r\n .1\r\n", ""},
		{"nothing but folds", " X-Forwarded-For: 192.0.2.1\r\n 192.0.2.1", ""},
		{"a zone", "X-Forwarded-For: fe80::1%eth0\r\n", ""},
		{"IPv4 in brackets", "X-Forwarded-For: [192.0.2.1]\r\n", ""},
		{"half a bracket", "X-Forwarded-For: [2001:db8::1\r\n", ""},
		{"port out of range", "X-Forwarded-For: 192.0.2.1:65536\r\n", ""},
		{"zeros before", "X-Forwarded-For: 192.0.02.1\r\n", ""},
		{"too long", "X-Forwarded-For: " + strings.Repeat("1", 10_000) + "\r\n", ""},
	} {
		a, ok := n.Client([]byte(c.head), proxy.ForwardedFor)
		if ok != (c.want != "") || ok && a.String() != c.want || !ok && a.IsValid() {
			t.Errorf("%s: %v, %v", c.name, a, ok)
		}
	}
	if a, ok := (*proxy.Networks)(nil).Client([]byte("X-Real-IP: 192.0.2.1\r\n"), "x-real-ip"); !ok || a.String() != "192.0.2.1:0" {
		t.Errorf("another field: %v, %v", a, ok)
	}
}

func TestFields(t *testing.T) {
	head := []byte("Host: a\r\nX-User: first\r\nX-Forwarded-Proto: http, HTTPS \r\nX-User:  last one \r\nX-Empty:\r\n")
	if got := string(proxy.Last(head, "x-user")); got != "last one" {
		t.Errorf("last %q", got)
	}
	if proxy.Last(head, "X-None") != nil || proxy.Has(head, "X-None") || !proxy.Has(head, "x-empty") || len(proxy.Last(head, "X-Empty")) != 0 {
		t.Error("what is not there is")
	}
	if got := proxy.LastToken(head, "x-forwarded-proto"); got != "HTTPS" {
		t.Errorf("token %q", got)
	}
	if got := proxy.LastToken(head, "X-None"); got != "" {
		t.Errorf("token %q", got)
	}
	for name, want := range map[string]bool{"X-Forwarded-For": true, "x-real-ip": true, "CF-Connecting-IP": true, "X-User": false, "Forwarded": false, "": false} {
		if proxy.NamesClient(name) != want {
			t.Errorf("%q names the client: %v", name, !want)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add([]byte("X-Forwarded-For: 192.0.2.1, [::1]:3,10.0.0.1\r\nx-forwarded-for: 10.0.0.1:80\r\n"))
	f.Add([]byte("X-Forwarded-For:,,,\n\n:\r\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		n := networks(t, "10.0.0.0/8")
		a, ok := n.Client(head, proxy.ForwardedFor)
		switch {
		case ok != a.IsValid() || a.Addr().Zone() != "" || a.Addr().Is4In6():
			t.Errorf("%v, %v", a, ok)
		case ok && !proxy.Has(head, proxy.ForwardedFor):
			t.Error("of a field that is not there")
		}
		if before, found := n.Client(append([]byte("X-Forwarded-For: 192.0.2.77\r\n"), head...), proxy.ForwardedFor); ok && !n.Trusts(a.Addr()) && (before != a || !found) {
			t.Errorf("%v, with another line before it %v", a, before)
		}
	})
}
