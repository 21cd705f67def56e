package eio_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

// collect decodes a body and keeps the packets; their data is copied.
func collect(rev eio.Revision, body []byte, octet bool, maxPackets int) (packets []eio.Packet, err error) {
	err = eio.DecodePayload(rev, body, octet, maxPackets, func(p eio.Packet) error {
		p.Data = bytes.Clone(p.Data)
		packets = append(packets, p)
		return nil
	})
	return packets, err
}

func TestPayloadsAreTheReference(t *testing.T) {
	for _, row := range load(t).Payloads {
		packets := packetsOf(row.Packets)
		got, octet := eio.AppendPayload([]byte("prefix"), row.Rev, packets, row.B64)
		if string(got) != "prefix"+string(row.Body) || octet != row.Octet {
			t.Errorf("revision %d, %s: got %q, %v, want %q, %v", row.Rev, row.Name, got, octet, row.Body, row.Octet)
		}
		back, err := collect(row.Rev, row.Body, row.Octet, 0)
		if err != nil || !sameAll(back, packets) {
			t.Errorf("revision %d, %s, decoded: got %v, %v, want %v", row.Rev, row.Name, back, err, packets)
		}
	}
}

// stricter are the bodies that the reference accepts and this package refuses, and why.
var stricter = map[string]string{
	"0007ff62344151494400": "base64 with a byte that is none, which the reference skips",
	"0109ff0401":           "a length beyond the body, which the reference cuts",
	"0101ff07":             "a binary packet of no known type, which the reference hands on and ignores",
}

// What the reference makes of a body, well-formed or not, this package does, or refuses it.
func TestBodiesAreTheReference(t *testing.T) {
	for _, row := range load(t).Bodies {
		got, err := collect(row.Rev, row.Body, row.Octet, 0)
		name := fmt.Sprintf("revision %d, %q (%x)", row.Rev, row.Body, row.Body)
		why := stricter[fmt.Sprintf("%x", row.Body)]
		switch {
		case row.Error && err == nil:
			t.Errorf("%s: the reference refuses, got %v", name, got)
		case !row.Error && err != nil && why == "":
			t.Errorf("%s: the reference accepts, got %v", name, err)
		case !row.Error && err == nil && why != "":
			t.Errorf("%s: not refused, though %s", name, why)
		case row.Error && len(got) <= len(row.Packets):
			// Up to the error the same packets; half of a character, which the reference yields, is none.
			if !sameAll(got, packetsOf(row.Packets[:len(got)])) {
				t.Errorf("%s: got %v, want %v", name, got, packetsOf(row.Packets))
			}
		case why == "" && !sameAll(got, packetsOf(row.Packets)):
			t.Errorf("%s: got %v, want %v", name, got, packetsOf(row.Packets))
		}
	}
}

func TestDecodePayloadErrors(t *testing.T) {
	for _, test := range []struct {
		rev   eio.Revision
		body  string
		octet bool
		want  error
	}{
		{eio.V4, "", false, eio.ErrEmpty},
		{eio.V4, "4a\x1e", false, eio.ErrEmpty},
		{eio.V4, "4a\xff", false, eio.ErrUTF8},
		{eio.V4, "4a", true, eio.ErrBinary},
		{eio.V3, "", false, eio.ErrEmpty},
		{eio.V3, "3:4\xff\xff", false, eio.ErrUTF8},
		{eio.V3, "2:4😀", false, eio.ErrLength}, // half of a character
		{eio.V3, "00000000001:4", false, eio.ErrLength},
		{eio.V3, "9999999999:4", false, eio.ErrLength},
		{eio.V3, "1x:4", false, eio.ErrLength},
		{eio.V3, ":4", false, eio.ErrLength},
		{eio.V3, "+1:4", false, eio.ErrLength},
		{eio.V3, " 1:4", false, eio.ErrLength},
		{eio.V3, "1", false, eio.ErrLength},
		{eio.V3, "1e0:4", false, eio.ErrLength},
		{eio.V3, "\x00\x01\xff", true, eio.ErrLength},
		{eio.V3, "\x00\xff4", true, eio.ErrLength},
		{eio.V3, "\x00\x0a\xff4", true, eio.ErrLength},
		{eio.V3, "\x00\x01", true, eio.ErrLength},
		{eio.V3, "\x00", true, eio.ErrLength},
		{eio.V3, "\x02\x01\xff4", true, eio.ErrLength},
		{eio.V3, "\x00\x00\xff", true, eio.ErrEmpty},
		{eio.V3, "\x01\x00\xff", true, eio.ErrEmpty},
		{eio.V3, "\x00\x02\xff4\xc3", true, eio.ErrUTF8},
		{eio.V3, "\x01" + strings.Repeat("\x09", 400) + "\xff", true, eio.ErrLength},
	} {
		if _, err := collect(test.rev, []byte(test.body), test.octet, 0); !errors.Is(err, test.want) {
			t.Errorf("revision %d, %.40q: got %v, want %v", test.rev, test.body, err, test.want)
		}
	}
}

// Surrogates that old clients encode like any other character become what they cannot be: U+FFFD each.
func TestSurrogatesInBinaryBody(t *testing.T) {
	body := []byte("\x00\x01\x01\xff4a\xed\xa0\x80\xed\xb0\x80\xed\x9f\xbf")
	before := bytes.Clone(body)
	got, err := collect(eio.V3, body, true, 0)
	if err != nil || len(got) != 1 || string(got[0].Data) != "a\ufffd\ufffd\ud7ff" {
		t.Errorf("got %v, %v", got, err)
	}
	if !bytes.Equal(body, before) {
		t.Error("the body was modified")
	}
}

func TestPacketLimit(t *testing.T) {
	for _, test := range []struct {
		rev   eio.Revision
		body  string
		octet bool
	}{
		{eio.V4, "2\x1e2\x1e2", false},
		{eio.V3, "1:21:21:2", false},
		{eio.V3, "0:0:0:", false},
		{eio.V3, strings.Repeat("\x00\x01\xff2", 3), true},
	} {
		if _, err := collect(test.rev, []byte(test.body), test.octet, 3); err != nil {
			t.Errorf("%q, three packets allowed: %v", test.body, err)
		}
		if _, err := collect(test.rev, []byte(test.body), test.octet, 2); !errors.Is(err, eio.ErrPackets) {
			t.Errorf("%q, two packets allowed: got %v", test.body, err)
		}
	}
}

func TestYieldEnds(t *testing.T) {
	stop := errors.New("stop")
	for _, body := range []string{"4a\x1e4b", "2:4a2:4b"} {
		rev, calls := eio.V4, 0
		if body[0] == '2' {
			rev = eio.V3
		}
		err := eio.DecodePayload(rev, []byte(body), false, 0, func(eio.Packet) error { calls++; return stop })
		if err != stop || calls != 1 {
			t.Errorf("%q: got %v after %d calls", body, err, calls)
		}
	}
}

// No prefix of a payload panics, and in revision 3, whose packets say their length, none gives a packet that is not
// in the whole.
func TestPrefixes(t *testing.T) {
	for _, row := range load(t).Payloads {
		want := packetsOf(row.Packets)
		for cut := range row.Body {
			got, _ := collect(row.Rev, row.Body[:cut], row.Octet, 0)
			if row.Rev == eio.V3 && (len(got) > len(want) || !sameAll(got, want[:len(got)])) {
				t.Errorf("revision %d, %s, %d bytes: got %v", row.Rev, row.Name, cut, got)
			}
		}
	}
}
