package worker

import (
	"bytes"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/protocol/sid"
)

var sender = asker{node: 0xbeef, slot: 9, life: 0x0102030405060708, id: 0x1122334455667788}

// a frame and what it says.
type sampleFrame struct {
	name string
	wire []byte
	want frame
}

func frameOf(kind frameKind, number uint32, payload string) []byte {
	return append(appendHead(nil, kind, 77, sender, number), payload...)
}

func frames() []sampleFrame {
	v4 := fdpass.Addr{AddrPort: netip.MustParseAddrPort("192.0.2.1:5000")}
	v6 := fdpass.Addr{AddrPort: netip.MustParseAddrPort("[fe80::1%eth0]:443")}
	open := func(a fdpass.Addr, unread string) []byte {
		return append(fdpass.AppendAddr(frameOf(frameOpen, 0, "\x01"), a), unread...)
	}
	return []sampleFrame{
		{"request", frameOf(frameRequest, 0, "\x03\x01\x04\x00\x01x"), frame{kind: frameRequest, flags: 3, body: []byte("\x01\x04\x00\x01x")}},
		{"piece", frameOf(frameRequest, 7, "\x00more"), frame{kind: frameRequest, number: 7, body: []byte("more")}},
		{"answer", frameOf(frameAnswer, 1, "\x02"), frame{kind: frameAnswer, number: 1, flags: lastPiece, body: []byte{}}},
		{"cancel", frameOf(frameCancel, 0, ""), frame{kind: frameCancel}},
		{"still", frameOf(frameStill, 0, ""), frame{kind: frameStill}},
		{"missed", appendHead(nil, frameMissed, 77, asker{node: sender.node, slot: sender.slot, life: sender.life}, 0), frame{kind: frameMissed}},
		{"open", open(v4, "GET / HTTP/1.1\r\n"), frame{kind: frameOpen, carrier: true, address: v4, body: []byte("GET / HTTP/1.1\r\n")}},
		{"open of v6", open(v6, ""), frame{kind: frameOpen, carrier: true, address: v6, body: []byte{}}},
		{"open without address", open(fdpass.Addr{}, "x"), frame{kind: frameOpen, carrier: true, body: []byte("x")}},
		{"data", frameOf(frameData, 1<<32-1, "\x01bytes"), frame{kind: frameData, number: 1<<32 - 1, carrier: true, body: []byte("bytes")}},
		{"data of the home", frameOf(frameData, 0, "\x00b"), frame{kind: frameData, body: []byte("b")}},
		{"window", frameOf(frameWindow, 3, "\x00\x00\x02\x00\x00"), frame{kind: frameWindow, number: 3, credit: 128 << 10}},
		{"close", frameOf(frameClose, 4, "\x01\x08"), frame{kind: frameClose, number: 4, carrier: true, why: closedByStop}},
		{"probe", frameOf(frameProbe, 5, "\x01\x01"), frame{kind: frameProbe, number: 5, carrier: true, wants: true}},
		{"answer to a probe", frameOf(frameProbe, 5, "\x00\x00"), frame{kind: frameProbe, number: 5}},
	}
}

func TestFrames(t *testing.T) {
	for _, f := range frames() {
		want := f.want
		want.life, want.from, want.id = 77, station{sid.Home{Node: sender.node, Slot: sender.slot}, sender.life}, sender.id
		if want.kind == frameMissed {
			want.id = 0
		}
		got, err := parseFrame(f.wire)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, %v, want %+v", f.name, got, err, want)
		}
	}
}

// What is cut short says nothing, unless the rest is bytes that may be any.
func TestTruncatedFrames(t *testing.T) {
	for _, f := range frames() {
		for n := range f.wire {
			got, err := parseFrame(f.wire[:n])
			if err == nil && (f.want.body == nil || n < len(f.wire)-len(f.want.body)) {
				t.Errorf("%s cut at %d of %d was taken for %+v", f.name, n, len(f.wire), got)
			}
		}
		if _, err := parseFrame(append(bytes.Clone(f.wire), 0)); err == nil && f.want.body == nil {
			t.Errorf("%s was taken with a byte more", f.name)
		}
	}
}

func TestBadFrames(t *testing.T) {
	change := func(at int, to byte) []byte {
		b := frameOf(frameData, 1, "\x01b")
		b[at] = to
		return b
	}
	for name, b := range map[string][]byte{
		"version":                        change(0, 2),
		"no kind":                        change(1, 0),
		"unknown kind":                   change(1, byte(frameProbe)+1),
		"for no life":                    append(appendHead(nil, frameCancel, 0, sender, 0), ""...),
		"of no life":                     appendHead(nil, frameCancel, 1, asker{id: 1}, 0),
		"unknown flags":                  frameOf(frameRequest, 0, "\x07"),
		"first piece with a number":      frameOf(frameRequest, 1, "\x01"),
		"later piece without":            frameOf(frameAnswer, 0, "\x02"),
		"cancel of a number":             frameOf(frameCancel, 1, ""),
		"missed with an id":              frameOf(frameMissed, 0, ""),
		"open by the home":               frameOf(frameOpen, 0, "\x00\x00"),
		"open with a number":             frameOf(frameOpen, 1, "\x01\x00"),
		"open without its address":       frameOf(frameOpen, 0, "\x01\x09"),
		"open with too much":             frameOf(frameOpen, 0, "\x01\x00"+strings.Repeat("x", openBytes+1)),
		"data of neither end":            frameOf(frameData, 0, "\x02b"),
		"no data":                        frameOf(frameData, 0, "\x01"),
		"no credit":                      frameOf(frameWindow, 0, "\x01\x00\x00\x00\x00"),
		"more credit than there ever is": frameOf(frameWindow, 0, "\x01\xff\x00\x00\x00"),
		"closed for no reason":           frameOf(frameClose, 0, "\x01\x00"),
		"closed for an unknown reason":   frameOf(frameClose, 0, "\x01\x09"),
		"probe":                          frameOf(frameProbe, 0, "\x01\x02"),
	} {
		if f, err := parseFrame(b); err == nil {
			t.Errorf("%s: taken for %+v", name, f)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, s := range frames() {
		f.Add(s.wire)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parseFrame(b)
		if err != nil {
			return
		}
		head := appendHead(nil, got.kind, got.life, got.asker(), got.number)
		if !bytes.HasPrefix(b, head) || !bytes.HasSuffix(b, got.body) {
			t.Errorf("%q was read as %+v", b, got)
		}
	})
}
