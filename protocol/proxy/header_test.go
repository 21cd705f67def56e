package proxy_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/proxy"
)

const signature = "\r\n\r\n\x00\r\nQUIT\n"

var (
	inet4 = "\xc0\x00\x02\x01" + "\xc6\x33\x64\x02" + "\x1f\x90" + "\x01\xbb"
	inet6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + strings.Repeat("\xfe", 16) + "\x00\x50" + "\x01\xbb"
)

// headers are whole ones, and who they name.
var headers = []struct{ name, bytes, client string }{
	{"v1 TCP4", "PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n", "192.0.2.1:8080"},
	{"v1 TCP4, extremes", "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255:65535"},
	{"v1 TCP6", "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "[2001:db8::1]:1"},
	{"v1 TCP6, longest address", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
	{"v1 TCP6, IPv4 mapped", "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "192.0.2.1:1"},
	{"v1 UNKNOWN", "PROXY UNKNOWN\r\n", ""},
	{"v1 UNKNOWN, 107 bytes", "PROXY UNKNOWN " + strings.Repeat("f", 91) + "\r\n", ""},
	{"v2 INET", signature + "\x21\x11\x00\x0c" + inet4, "192.0.2.1:8080"},
	{"v2 INET6", signature + "\x21\x21\x00\x24" + inet6, "[2001:db8::1]:80"},
	{"v2 INET, TLVs", signature + "\x21\x11\x00\x13" + inet4 + "\x04\x00\x04abcd", "192.0.2.1:8080"},
	{"v2 INET, anything for TLVs", signature + "\x21\x11\x00\x0e" + inet4 + "\xff\xff", "192.0.2.1:8080"},
	{"v2 INET, 4096 bytes", signature + "\x21\x11\x0f\xf0" + inet4 + strings.Repeat("\x04", 4080-12), "192.0.2.1:8080"},
	{"v2 UNIX", signature + "\x21\x31\x00\xd8" + strings.Repeat("/", 216), ""},
	{"v2 datagrams", signature + "\x21\x12\x00\x0c" + inet4, ""},
	{"v2 UNSPEC", signature + "\x21\x00\x00\x00", ""},
	{"v2 UNSPEC with bytes", signature + "\x21\x00\x00\x03abc", ""},
	{"v2 LOCAL", signature + "\x20\x00\x00\x00", ""},
	{"v2 LOCAL with addresses", signature + "\x20\x11\x00\x0c" + inet4, ""},
	{"v2 LOCAL with too few bytes", signature + "\x20\x11\x00\x01a", ""},
}

// Each is taken whole, and nothing of what follows; of each truncated prefix nothing is taken.
func TestHeader(t *testing.T) {
	for _, c := range headers {
		for _, behind := range []string{"", "\r\n", "GET / HTTP/1.1\r\n\r\n"} {
			h, whole, err := proxy.Parse([]byte(c.bytes + behind))
			if err != nil || !whole || h.Length != len(c.bytes) {
				t.Errorf("%s: %+v, %v, %v", c.name, h, whole, err)
				continue
			}
			if got := h.Client; got.IsValid() != (c.client != "") || got.IsValid() && got.String() != c.client {
				t.Errorf("%s: client %v", c.name, got)
			}
		}
		for n := range len(c.bytes) {
			if h, whole, err := proxy.Parse([]byte(c.bytes[:n])); h != (proxy.Header{}) || whole || err != nil {
				t.Errorf("%s, %d bytes: %+v, %v, %v", c.name, n, h, whole, err)
			}
		}
	}
}

func TestMalformedHeader(t *testing.T) {
	for name, bytes := range map[string]string{
		"HTTP":                       "GET / HTTP/1.1\r\n",
		"small letters":              "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n",
		"one letter":                 "G",
		"v1 no family":               "PROXY \r\n",
		"v1 another family":          "PROXY TCP5 1 2 3 4\r\n",
		"v1 family's case":           "PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n",
		"v1 UNKNOWN's end":           "PROXY UNKNOWNS\r\n",
		"v1 LF only":                 "PROXY UNKNOWN\n",
		"v1 CR in the middle":        "PROXY UNK\rNOWN\r\n",
		"v1 108 bytes":               "PROXY UNKNOWN " + strings.Repeat("f", 92) + "\r\n",
		"v1 endless":                 "PROXY UNKNOWN " + strings.Repeat("f", 500),
		"v1 missing port":            "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
		"v1 one field too many":      "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n",
		"v1 two spaces":              "PROXY TCP4 192.0.2.1  198.51.100.2 1 2\r\n",
		"v1 a tab":                   "PROXY TCP4 192.0.2.1\t198.51.100.2 1 2\r\n",
		"v1 a space at the end":      "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n",
		"v1 IPv6 as TCP4":            "PROXY TCP4 ::1 ::1 1 2\r\n",
		"v1 IPv4 as TCP6":            "PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n",
		"v1 mixed":                   "PROXY TCP4 192.0.2.1 ::1 1 2\r\n",
		"v1 a zone":                  "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
		"v1 a name":                  "PROXY TCP4 localhost 192.0.2.1 1 2\r\n",
		"v1 octet out of range":      "PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n",
		"v1 zeros before an octet":   "PROXY TCP4 192.0.02.1 192.0.2.1 1 2\r\n",
		"v1 port out of range":       "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n",
		"v1 negative port":           "PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n",
		"v1 zeros before a port":     "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n",
		"v1 plus before a port":      "PROXY TCP4 192.0.2.1 198.51.100.2 1 +2\r\n",
		"v2 another signature":       "\r\n\r\n\x00\r\nQUIT\r\x21\x11\x00\x0c" + inet4,
		"v2 version 1":               signature + "\x11",
		"v2 version 3":               signature + "\x31",
		"v2 command 2":               signature + "\x22",
		"v2 family 4":                signature + "\x21\x41",
		"v2 transport 3":             signature + "\x21\x13",
		"v2 LOCAL, family 15":        signature + "\x20\xf0",
		"v2 too short for INET":      signature + "\x21\x11\x00\x0b",
		"v2 too short for INET6":     signature + "\x21\x21\x00\x23",
		"v2 too short for UNIX":      signature + "\x21\x31\x00\xd7",
		"v2 too short for datagrams": signature + "\x21\x12\x00\x00",
		"v2 4097 bytes":              signature + "\x21\x11\x0f\xf1",
		"v2 64 kB":                   signature + "\x20\x00\xff\xff",
	} {
		if h, whole, err := proxy.Parse([]byte(bytes)); h != (proxy.Header{}) || whole || !errors.Is(err, proxy.ErrMalformed) {
			t.Errorf("%s: %+v, %v, %v", name, h, whole, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range headers {
		f.Add([]byte(c.bytes + "GET"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, whole, err := proxy.Parse(b)
		switch {
		case err != nil && (whole || h != proxy.Header{}):
			t.Errorf("an error, and %+v, %v", h, whole)
		case err == nil && !whole && (len(b) >= proxy.MaxHeader || h != proxy.Header{}):
			t.Errorf("%d bytes are not enough, %+v", len(b), h)
		case whole && (h.Length < 8 || h.Length > len(b) || h.Length > proxy.MaxHeader):
			t.Errorf("%d of %d bytes", h.Length, len(b))
		}
		if !whole {
			return
		}
		if again, _, _ := proxy.Parse(b[:h.Length]); again != h {
			t.Errorf("with what follows %+v, without %+v", h, again)
		}
		if _, early, err := proxy.Parse(b[:h.Length-1]); early || err != nil {
			t.Errorf("one byte less: %v, %v", early, err)
		}
		if a := h.Client.Addr(); a.Zone() != "" || a.Is4In6() || h.Client.IsValid() && h.Client != netip.AddrPortFrom(a.Unmap(), h.Client.Port()) {
			t.Errorf("client %v", h.Client)
		}
	})
}
