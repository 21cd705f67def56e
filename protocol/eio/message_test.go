package eio_test

import (
	"errors"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

func TestMessagesAreTheReference(t *testing.T) {
	for _, row := range load(t).Packets {
		p := row.packet()
		var got []byte
		if row.Octet {
			got = eio.AppendBinary(nil, row.Rev, p)
		} else {
			got = eio.AppendText(nil, row.Rev, p)
		}
		if string(got) != string(row.Body) {
			t.Errorf("revision %d, %s: got %q, want %q", row.Rev, row.Name, got, row.Body)
		}
		if got := eio.AppendText(nil, row.Rev, p); string(got) != row.Base64 && p.Binary {
			t.Errorf("revision %d, %s in base64: got %q, want %q", row.Rev, row.Name, got, row.Base64)
		}
		back, err := eio.ParseText(row.Rev, eio.AppendText(nil, row.Rev, p))
		if err != nil || !same(back, p) {
			t.Errorf("revision %d, %s from text: got %v, %v", row.Rev, row.Name, back, err)
		}
		if row.Octet {
			if back, err = eio.ParseBinary(row.Rev, row.Body); err != nil || !same(back, p) {
				t.Errorf("revision %d, %s from binary: got %v, %v", row.Rev, row.Name, back, err)
			}
		}
	}
}

func TestParseText(t *testing.T) {
	for _, test := range []struct {
		rev  eio.Revision
		text string
		want eio.Packet
		err  error
	}{
		{eio.V4, "", eio.Packet{}, eio.ErrEmpty},
		{eio.V4, "7", eio.Packet{}, eio.ErrType},
		{eio.V4, "/", eio.Packet{}, eio.ErrType},
		{eio.V4, " 4", eio.Packet{}, eio.ErrType},
		{eio.V4, "2probe", eio.Packet{Type: eio.Ping, Data: []byte("probe")}, nil},
		{eio.V4, "b", eio.Packet{Type: eio.Message, Binary: true}, nil},
		{eio.V3, "b", eio.Packet{}, eio.ErrEmpty},
		{eio.V3, "b4", eio.Packet{Type: eio.Message, Binary: true}, nil},
		{eio.V3, "b7AQID", eio.Packet{}, eio.ErrType},
		{eio.V4, "b4AQI", eio.Packet{Type: eio.Message, Data: []byte("\xe0\x04\x08"), Binary: true}, nil},
		{eio.V4, "bA", eio.Packet{}, eio.ErrBase64},
		{eio.V4, "bAQ*D", eio.Packet{}, eio.ErrBase64},
		{eio.V4, "bAQID=", eio.Packet{Type: eio.Message, Data: []byte{1, 2, 3}, Binary: true}, nil},
		{eio.V4, "bAQ==AQ==", eio.Packet{}, eio.ErrBase64},
		{eio.V4, "bAQ\r\nID\n", eio.Packet{Type: eio.Message, Data: []byte{1, 2, 3}, Binary: true}, nil},
		{eio.V4, "bAQI", eio.Packet{Type: eio.Message, Data: []byte{1, 2}, Binary: true}, nil},
		{eio.V4, "b_-8=", eio.Packet{Type: eio.Message, Data: []byte{0xff, 0xef}, Binary: true}, nil},
	} {
		got, err := eio.ParseText(test.rev, []byte(test.text))
		if !errors.Is(err, test.err) || !same(got, test.want) {
			t.Errorf("revision %d, %q: got %v, %v, want %v, %v", test.rev, test.text, got, err, test.want, test.err)
		}
	}
}

func TestParseBinary(t *testing.T) {
	for _, test := range []struct {
		rev  eio.Revision
		b    string
		want eio.Packet
		err  error
	}{
		{eio.V4, "", eio.Packet{Type: eio.Message, Binary: true}, nil},
		{eio.V4, "\x04x", eio.Packet{Type: eio.Message, Data: []byte("\x04x"), Binary: true}, nil},
		{eio.V3, "", eio.Packet{}, eio.ErrEmpty},
		{eio.V3, "\x04", eio.Packet{Type: eio.Message, Binary: true}, nil},
		{eio.V3, "\x04x", eio.Packet{Type: eio.Message, Data: []byte("x"), Binary: true}, nil},
		{eio.V3, "\x02x", eio.Packet{Type: eio.Ping, Data: []byte("x"), Binary: true}, nil},
		{eio.V3, "\x07x", eio.Packet{}, eio.ErrType},
		{eio.V3, "4x", eio.Packet{}, eio.ErrType},
	} {
		got, err := eio.ParseBinary(test.rev, []byte(test.b))
		if !errors.Is(err, test.err) || !same(got, test.want) {
			t.Errorf("revision %d, %q: got %v, %v, want %v, %v", test.rev, test.b, got, err, test.want, test.err)
		}
	}
}

func TestTypeNames(t *testing.T) {
	if got := eio.Message.String() + " " + eio.PacketType(7).String(); got != "message invalid" {
		t.Errorf("got %q", got)
	}
}
