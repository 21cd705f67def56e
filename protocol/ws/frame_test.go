package ws_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

// frameRow is a frame as the ws package of Node.js sends it; testdata/capture writes them. Long payloads are told by their
// length only, and of their frame there is the header.
type frameRow struct {
	Fin     bool
	Opcode  ws.Opcode
	Masked  bool
	Length  int
	Payload *octets
	Frame   octets
}

// octets is written in hexadecimal.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

func (r frameRow) payload() []byte {
	if r.Payload != nil {
		return *r.Payload
	}
	b := make([]byte, r.Length)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func load(t testing.TB) []frameRow {
	t.Helper()
	b, err := os.ReadFile("../testdata/websocket.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Frames []frameRow }
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v.Frames
}

func TestFramesAreTheReference(t *testing.T) {
	for _, row := range load(t) {
		payload := row.payload()
		var got []byte
		switch {
		case row.Masked:
			got = ws.AppendMasked([]byte("prefix"), row.Fin, row.Opcode, key, payload)
		case row.Fin && row.Opcode == ws.OpClose:
			got = ws.AppendClose([]byte("prefix"), 1000, string(payload[2:]))
		case row.Fin:
			got = ws.AppendFrame([]byte("prefix"), row.Opcode, payload)
		default:
			got = append(ws.AppendHeader([]byte("prefix"), row.Fin, row.Opcode, len(payload)), payload...)
		}
		want := append([]byte("prefix"), row.Frame...)
		if !bytes.HasPrefix(got, want) || (row.Payload != nil && len(got) != len(want)) {
			t.Errorf("opcode %d, %d bytes, masked %v: got %x, want %x", row.Opcode, row.Length, row.Masked, got[:min(30, len(got))], want[:min(30, len(want))])
		}
	}
}

// Frames of a real client are understood.
func TestClientFrames(t *testing.T) {
	for _, row := range load(t) {
		if !row.Masked || !row.Fin || row.Payload == nil {
			continue
		}
		var d ws.Decoder
		events, err := decode(t, &d, row.Frame, 1<<20, ws.Limits{})
		if err != nil || len(events) != 1 {
			t.Errorf("%x: %v, %v", row.Frame, events, err)
			continue
		}
		want := string(row.payload())
		if row.Opcode == ws.OpClose {
			want = want[2:]
		}
		if events[0].data != want {
			t.Errorf("%x: got %q, want %q", row.Frame, events[0].data, want)
		}
	}
}

func TestMask(t *testing.T) {
	for length := range 100 {
		for pos := range 9 {
			b := make([]byte, length)
			want := make([]byte, length)
			for i := range b {
				b[i] = byte(i * 7)
				want[i] = b[i] ^ key[(pos+i)%4]
			}
			if end := ws.Mask(key, pos, b); end != (pos+length)%4 || !bytes.Equal(b, want) {
				t.Fatalf("length %d at %d: got %x and %d, want %x", length, pos, b, end, want)
			}
		}
	}
}

func TestAppendClose(t *testing.T) {
	for _, test := range []struct {
		code   uint16
		reason string
		want   string
	}{
		{1000, "", "\x88\x02\x03\xe8"},
		{1002, "why", "\x88\x05\x03\xeawhy"},
		{1005, "why", "\x88\x00"},
		{1006, "", "\x88\x00"},
		{0, "", "\x88\x00"},
		{1000, text(123), "\x88\x7d\x03\xe8" + text(123)},
		{1000, text(124), "\x88\x7d\x03\xe8" + text(123)},
		{1000, text(122) + "é", "\x88\x7c\x03\xe8" + text(122)},
		{1000, text(120) + "😀", "\x88\x7a\x03\xe8" + text(120)},
	} {
		if got := string(ws.AppendClose(nil, test.code, test.reason)); got != test.want {
			t.Errorf("%d %q: got %q, want %q", test.code, test.reason, got, test.want)
		}
	}
}

// The codes that Autobahn's cases 7.7 and 7.9 name, and the edges of the ranges.
func TestValidCode(t *testing.T) {
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		if !ws.ValidCode(code) {
			t.Errorf("%d is refused", code)
		}
	}
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		if ws.ValidCode(code) {
			t.Errorf("%d is accepted", code)
		}
	}
}

func TestKeys(t *testing.T) {
	// The example of RFC 6455, section 1.3.
	if got := ws.AcceptKey("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("got %q", got)
	}
	for key, want := range map[string]bool{
		"dGhlIHNhbXBsZSBub25jZQ==":     true,
		"+/+/+/+/+/+/+/+/+/+/+w==":     true,
		"":                             false,
		"dGhlIHNhbXBsZSBub25jZQ=":      false,
		"dGhlIHNhbXBsZSBub25jZQ":       false,
		"dGhlIHNhbXBsZSBub25jZQ===":    false,
		"dGhlIHNhbXBsZSBub25j=Q==":     false,
		"dGhlIHNhbXBsZSBub25jZQQ=":     false,
		"dGhlIHNhbXBsZSBub25jZQAA":     false,
		"dGhlIHNhbXBsZS_ub25jZQ==":     false,
		" GhlIHNhbXBsZSBub25jZQ==":     false,
		"dGhlIHNhbXBsZSBub25jZWZvbw==": false,
	} {
		if got := ws.ValidKey(key); got != want {
			t.Errorf("%q: got %v", key, got)
		}
	}
}

func TestCloseErrorSays(t *testing.T) {
	err := error(&ws.CloseError{Code: 1002, Reason: "why"})
	if got := err.Error(); got != "websocket: close 1002: why" {
		t.Errorf("got %q", got)
	}
}
