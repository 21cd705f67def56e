package load

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

func TestWindow(t *testing.T) {
	var w window
	for i, c := range []struct {
		seq  uint32
		want sight
	}{{1, fresh}, {1, double}, {3, fresh}, {2, late}, {2, double}, {3, double}, {0, double}, {100, fresh}, {36, double}, {37, late}, {37, double}, {101, fresh}, {300, fresh}, {299, late}} {
		if got := w.see(c.seq); got != c.want {
			t.Errorf("%d: %d is %d, want %d", i, c.seq, got, c.want)
		}
	}
	if w.got != 8 || w.high != 300 {
		t.Errorf("got %d up to %d", w.got, w.high)
	}
}

func TestStamp(t *testing.T) {
	m, other := newMarker(7), newMarker(8)
	s := stamp{sender: 1, room: 0xdeadbeef, seq: 3, due: 1<<62 + 5}
	for _, size := range []int{MinSize, MinSize + 1, 500} {
		p := m.append([]byte(`["x","`), s, size)
		if len(p) != 6+size {
			t.Fatalf("%d bytes for %d", len(p)-6, size)
		}
		p = append(p, `"]`...)
		if got, any, whole := m.find(p, size); got != s || !any || !whole {
			t.Errorf("%+v %v %v", got, any, whole)
		}
		if _, any, _ := other.find(p, size); any {
			t.Error("a payload of another run")
		}
		for i := range p[6 : 6+size] {
			q := append([]byte(nil), p...)
			q[6+i] = '!'
			if _, any, whole := m.find(q, size); any && whole {
				t.Fatalf("changed at %d and whole", i)
			}
		}
		if _, any, whole := m.find(p, size+1); !any || whole {
			t.Error("of another size and whole")
		}
	}
}

func TestFramePrefixes(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		b := ws.AppendFrame(nil, ws.OpText, make([]byte, size))
		for i := range b {
			if i > 20 && i < len(b)-2 {
				continue
			}
			if _, n, err := parseFrame(b[:i]); n != 0 || err != nil {
				t.Fatalf("%d of %d bytes: %d, %v", i, len(b), n, err)
			}
		}
		if f, n, err := parseFrame(append(b, 1)); n != len(b) || err != nil || len(f.payload) != size || !f.fin || f.op != ws.OpText {
			t.Errorf("%d: %d %v", size, n, err)
		}
	}
	for _, c := range []struct {
		b    []byte
		want error
	}{{[]byte{0xc1, 0}, errReserved}, {[]byte{0x81, 0x80}, errMasked}, {[]byte{0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0}, errTooBig}} {
		if _, _, err := parseFrame(c.b); !errors.Is(err, c.want) {
			t.Errorf("%x: %v", c.b, err)
		}
	}
}

func TestResponsePrefixes(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello":                                              "200 hello",
		"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n":      "200 hello",
		"HTTP/1.1 204 No Content\r\n\r\n":                                                                "204 ",
		"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\nX:\r\n\r\n":               "400 ",
		"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\n\x00\xff": "200 \x00\xff",
	} {
		var r response
		for i := range in {
			if n, err := r.parse([]byte(in[:i])); n != 0 || err != nil {
				t.Fatalf("%q: %d, %v", in[:i], n, err)
			}
		}
		n, err := r.parse([]byte(in + "more"))
		if got := strings.TrimPrefix(string(r.body), ""); n != len(in) || err != nil || want[4:] != got || r.status != int(want[0]-'0')*100+int(want[2]-'0') {
			t.Errorf("%q: %d, %v, %+v", in, n, err, r)
		}
		if r.octet != strings.Contains(in, "octet") || r.closes != strings.Contains(in, "close") {
			t.Errorf("%q: %+v", in, r)
		}
	}
	for _, in := range []string{"x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", strings.Repeat("x", maxHead+1)} {
		var r response
		if _, err := r.parse([]byte(in)); err == nil {
			t.Errorf("%q is fine", in[:min(len(in), 80)])
		}
	}
}

func FuzzServerBytes(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\n"))
	f.Add(ws.AppendFrame(nil, ws.OpText, []byte(`42["news","x"]`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r response
		if n, err := r.parse(b); n > len(b) || n < 0 || err != nil && n != 0 {
			t.Errorf("%d of %d, %v", n, len(b), err)
		}
		if f, n, err := parseFrame(b); n > len(b) || len(f.payload) > n || err != nil && n != 0 {
			t.Errorf("%d of %d, %v", n, len(b), err)
		}
	})
}

func TestSources(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.0/30":             "127.0.0.1 127.0.0.2",
		"127.0.0.9":                "127.0.0.9",
		"127.0.0.4/31, ::1":        "127.0.0.4 ::1 127.0.0.5",
		"127.0.0.0/30,10.0.0.0/30": "127.0.0.1 10.0.0.1 127.0.0.2 10.0.0.2",
	} {
		ranges, err := ParseSources(in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range addresses(ranges) {
			got = append(got, a.String())
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s", in, s)
		}
	}
	if n := len(addresses([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})); n != maxSources {
		t.Errorf("%d of a large range", n)
	}
	for _, bad := range []string{"", "x", "1.2.3.4/99", "1.2.3.4,,"} {
		if _, err := ParseSources(bad); err == nil {
			t.Errorf("%q is fine", bad)
		}
	}
}

func TestRequests(t *testing.T) {
	var r requests
	for i := range 3000 {
		if id := r.add(int32(i%3), int64(i)); id != uint64(i) {
			t.Fatalf("id %d", id)
		}
	}
	for i, c := range []struct {
		client int32
		id     uint64
		want   verdict
	}{{0, 0, answered}, {0, 0, doubled}, {2, 5, answered}, {2, 5, doubled}, {1, 3, strange}, {0, 3000, strange}, {1, 1, answered}} {
		if _, v := r.take(c.client, c.id); v != c.want {
			t.Errorf("%d: %d", i, v)
		}
	}
	if n := r.forget(2); n != 999 || r.open != 1998 {
		t.Errorf("%d forgotten, %d open", n, r.open)
	}
	if n := r.abandon(); n != 1998 || r.open != 0 {
		t.Errorf("%d given up, %d open", n, r.open)
	}
	if _, v := r.take(0, 6); v != expired {
		t.Errorf("%d", v)
	}
	if due, v := r.take(1, r.add(1, 77)); v != answered || due != 77 {
		t.Errorf("%d, %d", due, v)
	}
}

func TestTemplate(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"{payload}"}`:                    `{"a":"P"}`,
		`{payload}{room}{payload}{event}{x}`:   `PRPE{x}`,
		`{"rooms":["{room}"],"p":"{payload}"}`: `{"rooms":["R"],"p":"P"}`,
	} {
		tpl, err := parseTemplate(in, "E")
		if got := string(tpl.append(nil, []byte("P"), "R")); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	if _, err := parseTemplate("{room}", ""); err == nil {
		t.Error("a body without payload")
	}
}
