package fdpass_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

var addrs = []string{"", "127.0.0.1:80", "255.255.255.255:65535", "[::1]:3000", "[2001:db8::1]:1", "[fe80::1%eth0]:443", "[::ffff:10.0.0.1]:9"}

func addr(t testing.TB, s string) fdpass.Addr {
	if s == "" {
		return fdpass.Addr{}
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		t.Fatal(err)
	}
	return fdpass.Addr{AddrPort: a}
}

func TestAddrRoundTripAndPrefixes(t *testing.T) {
	for _, text := range addrs {
		a := addr(t, text)
		packed := fdpass.AppendAddr(nil, a)
		got, rest, ok := fdpass.ParseAddr(append(packed[:len(packed):len(packed)], "rest"...))
		if !ok || got != a || string(rest) != "rest" {
			t.Errorf("%q: got %v, rest %q, %v", text, got, rest, ok)
		}
		for n := range packed {
			if _, _, ok := fdpass.ParseAddr(packed[:n]); ok {
				t.Errorf("%q: parsed from its first %d bytes", text, n)
			}
		}
	}
	if a := addr(t, ""); a.Network() != "unix" || a.String() != "unix" {
		t.Errorf("unix: %s %s", a.Network(), a)
	}
	if a := addr(t, addrs[3]); a.Network() != "tcp" || a.String() != addrs[3] {
		t.Errorf("%s: %s %s", addrs[3], a.Network(), a)
	}
}

func TestOriginRoundTripAndPrefixes(t *testing.T) {
	o := fdpass.Origin{Remote: addr(t, "[2001:db8::7]:5"), Listener: 513, Accepted: time.Unix(1, 23), Site: 1<<64 - 2}
	packed := fdpass.AppendOrigin(nil, o)
	got, rest, ok := fdpass.ParseOrigin(append(packed[:len(packed):len(packed)], "GET /"...))
	if !ok || got.Remote != o.Remote || got.Listener != o.Listener || !got.Accepted.Equal(o.Accepted) || string(rest) != "GET /" {
		t.Errorf("got %+v, rest %q, %v", got, rest, ok)
	}
	for n := range packed {
		if _, _, ok := fdpass.ParseOrigin(packed[:n]); ok {
			t.Errorf("parsed from its first %d bytes", n)
		}
	}
}

func FuzzParseOrigin(f *testing.F) {
	for _, text := range addrs {
		f.Add(fdpass.AppendOrigin(nil, fdpass.Origin{Remote: addr(f, text), Listener: 1, Accepted: time.Unix(9, 9)}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, rest, ok := fdpass.ParseOrigin(b)
		if !ok {
			return
		}
		if again := append(fdpass.AppendOrigin(nil, o), rest...); !bytes.Equal(again, b) {
			t.Errorf("%x became %+v became %x", b, o, again)
		}
	})
}
