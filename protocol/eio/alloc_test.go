package eio_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

// noise is what the runtime may allocate beside a long call. Against it stand millions of packets or bytes.
const noise = 8

// Bodies made to hurt a decoder that copies, concatenates or starts over: half a megabyte each would take a quadratic one minutes,
// and the number of allocations may not follow the size.
func TestAdversarialBodies(t *testing.T) {
	const size = 1 << 19
	digits := func(n int) string {
		var b strings.Builder
		for _, c := range strconv.Itoa(n) {
			b.WriteByte(byte(c - '0'))
		}
		return b.String()
	}
	text3 := func(packet string, units int) string { return strconv.Itoa(units) + ":" + packet }
	for _, test := range []struct {
		name  string
		rev   eio.Revision
		body  string
		octet bool
		alloc float64
	}{
		{"separators", eio.V4, strings.Repeat("2\x1e", size/2) + "2", false, 0},
		{"empty packets", eio.V3, strings.Repeat("0:", size/2), false, 0},
		{"small packets", eio.V3, strings.Repeat("1:2", size/3), false, 0},
		{"small packets of two units", eio.V3, strings.Repeat("3:4😀", size/7), false, 0},
		{"one of wide characters", eio.V3, text3("4"+strings.Repeat("€", size/3), 1+size/3), false, 0},
		{"one of astral characters", eio.V3, text3("4"+strings.Repeat("😀", size/4), 1+size/4*2), false, 0},
		{"small binary packets", eio.V3, strings.Repeat("\x01\x01\xff\x04", size/4), true, 0},
		{"one of surrogates", eio.V3, "\x00" + digits(1+size/3*3) + "\xff4" + strings.Repeat("\xed\xa0\x80", size/3), true, 1},
		{"one of Hangul", eio.V3, "\x00" + digits(1+size/3*3) + "\xff4" + strings.Repeat("\xed\x9f\xbf", size/3), true, 0},
		{"base64 in lines of one", eio.V4, "b" + strings.Repeat("A\n", size/2), false, 1},
		{"base64 in the other alphabet", eio.V4, "b" + strings.Repeat("_", size), false, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := []byte(test.body)
			var err error
			allocs := testing.AllocsPerRun(1, func() {
				err = eio.DecodePayload(test.rev, body, test.octet, size, func(eio.Packet) error { return nil })
			})
			if err != nil {
				t.Fatal(err)
			}
			if allocs > test.alloc+noise {
				t.Errorf("%v allocations, want at most %v", allocs, test.alloc)
			}
		})
	}
}

func TestAdversarialForms(t *testing.T) {
	const size = 1 << 19
	for _, unit := range []string{`\`, `\n`, `%5C`, `%`, `+`, `\\n`} {
		body := []byte("d=" + strings.Repeat(unit, size/len(unit)) + "n")
		if allocs := testing.AllocsPerRun(1, func() {
			if _, err := eio.DecodeJSONPForm(body); err != nil {
				t.Fatal(err)
			}
		}); allocs > 1+noise {
			t.Errorf("%q: %v allocations", unit, allocs)
		}
	}
	if _, err := eio.DecodeJSONPForm([]byte(strings.Repeat("&", size))); err == nil {
		t.Error("no error for a form of nothing")
	}
}

func TestEncodingAllocatesOnce(t *testing.T) {
	packets := []eio.Packet{
		{Type: eio.Message, Data: bytes.Repeat([]byte("€"), 1000)},
		{Type: eio.Message, Data: bytes.Repeat([]byte{0}, 1000), Binary: true},
	}
	for _, rev := range []eio.Revision{eio.V3, eio.V4} {
		for _, b64 := range []bool{false, true} {
			if allocs := testing.AllocsPerRun(10, func() { eio.AppendPayload(nil, rev, packets, b64) }); allocs > 2 { // one, and one more under the race detector
				t.Errorf("revision %d, base64 %v: %v allocations", rev, b64, allocs)
			}
		}
	}
}
