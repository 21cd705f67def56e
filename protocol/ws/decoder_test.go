package ws_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

var key = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// frame is a client's frame.
func frame(fin bool, op ws.Opcode, payload string) []byte {
	return ws.AppendMasked(nil, fin, op, key, []byte(payload))
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// got is an event whose data outlives the decoder's.
type got struct {
	kind ws.Kind
	code uint16
	data string
}

// decode feeds stream in pieces of the given size and returns all events and the error that ended them.
func decode(t testing.TB, d *ws.Decoder, stream []byte, piece int, lim ws.Limits) (events []got, err error) {
	t.Helper()
	stream = bytes.Clone(stream) // Next unmasks in place
	for len(stream) > 0 {
		b := stream[:min(piece, len(stream))]
		stream = stream[len(b):]
		for len(b) > 0 {
			ev, n, err := d.Next(b, lim)
			if n < 1 || n > len(b) {
				t.Fatalf("consumed %d of %d bytes", n, len(b))
			}
			if err != nil {
				return events, err
			}
			if ev.Kind != ws.None {
				events = append(events, got{ev.Kind, ev.Code, string(ev.Data)})
			} else if n != len(b) {
				t.Fatalf("nothing complete, yet %d of %d bytes consumed", n, len(b))
			}
			b = b[n:]
		}
	}
	return events, nil
}

type decodeCase struct {
	name   string
	stream []byte
	want   []got
	code   uint16 // of the violation at the end, or 0
}

var decodeCases = []decodeCase{
	{"text", frame(true, ws.OpText, "Hello"), []got{{ws.Text, 0, "Hello"}}, 0},
	{"empty text", frame(true, ws.OpText, ""), []got{{ws.Text, 0, ""}}, 0},
	{"binary", frame(true, ws.OpBinary, "\xff\x00\xfe"), []got{{ws.Binary, 0, "\xff\x00\xfe"}}, 0},
	{"length 125", frame(true, ws.OpText, text(125)), []got{{ws.Text, 0, text(125)}}, 0},
	{"length 126", frame(true, ws.OpText, text(126)), []got{{ws.Text, 0, text(126)}}, 0},
	{"length 65535", frame(true, ws.OpText, text(65535)), []got{{ws.Text, 0, text(65535)}}, 0},
	{"length 65536", frame(true, ws.OpText, text(65536)), []got{{ws.Text, 0, text(65536)}}, 0},
	{"two messages", join(frame(true, ws.OpText, "a"), frame(true, ws.OpBinary, "b")),
		[]got{{ws.Text, 0, "a"}, {ws.Binary, 0, "b"}}, 0},
	{"fragments", join(frame(false, ws.OpText, "a"), frame(false, ws.OpContinuation, ""), frame(false, ws.OpContinuation, "b"),
		frame(true, ws.OpContinuation, "c")), []got{{ws.Text, 0, "abc"}}, 0},
	{"empty fragments", join(frame(false, ws.OpBinary, ""), frame(true, ws.OpContinuation, "")), []got{{ws.Binary, 0, ""}}, 0},
	{"control between fragments", join(frame(false, ws.OpText, "a"), frame(true, ws.OpPing, "p"), frame(true, ws.OpPong, ""),
		frame(true, ws.OpContinuation, "b"), frame(true, ws.OpText, "c")),
		[]got{{ws.Ping, 0, "p"}, {ws.Pong, 0, ""}, {ws.Text, 0, "ab"}, {ws.Text, 0, "c"}}, 0},
	{"close between fragments", join(frame(false, ws.OpText, "a"), frame(true, ws.OpClose, "\x03\xe8bye")),
		[]got{{ws.Close, 1000, "bye"}}, 0},
	{"character across fragments", join(frame(false, ws.OpText, "\xf0\x9f"), frame(false, ws.OpContinuation, "\x98"),
		frame(true, ws.OpContinuation, "\x80")), []got{{ws.Text, 0, "😀"}}, 0},
	{"ping of 125", frame(true, ws.OpPing, text(125)), []got{{ws.Ping, 0, text(125)}}, 0},
	{"close without code", frame(true, ws.OpClose, ""), []got{{ws.Close, ws.CloseNoStatus, ""}}, 0},
	{"close 4999", frame(true, ws.OpClose, "\x13\x87"), []got{{ws.Close, 4999, ""}}, 0},
	{"after close", join(frame(true, ws.OpClose, ""), frame(true, ws.OpText, "x"), []byte("garbage")),
		[]got{{ws.Close, ws.CloseNoStatus, ""}}, 0},

	{"reserved bit 1", []byte{0xc1, 0x80, 0, 0, 0, 0}, nil, 1002},
	{"reserved bit 2", []byte{0xa1, 0x80, 0, 0, 0, 0}, nil, 1002},
	{"reserved bit 3", []byte{0x91, 0x80, 0, 0, 0, 0}, nil, 1002},
	{"unmasked", ws.AppendFrame(nil, ws.OpText, []byte("x")), nil, 1002},
	{"fragmented ping", frame(false, ws.OpPing, ""), nil, 1002},
	{"ping of 126", frame(true, ws.OpPing, text(126)), nil, 1002},
	{"continuation of nothing", frame(true, ws.OpContinuation, "x"), nil, 1002},
	{"continuation after message", join(frame(true, ws.OpText, "x"), frame(true, ws.OpContinuation, "x")),
		[]got{{ws.Text, 0, "x"}}, 1002},
	{"message inside of message", join(frame(false, ws.OpText, "x"), frame(true, ws.OpText, "x")), nil, 1002},
	{"top bit of length", []byte{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, nil, 1002},
	{"all bits of length", []byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, nil, 1002},
	{"16-bit length of 125", []byte{0x82, 0xfe, 0, 125, 0, 0, 0, 0}, nil, 1002},
	{"64-bit length of 65535", []byte{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}, nil, 1002},
	{"largest length", []byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, nil, 1009},
	{"over the limit", frame(true, ws.OpText, text(70001)), nil, 1009},
	{"over the limit in fragments", join(frame(false, ws.OpText, text(70000)), frame(true, ws.OpContinuation, "x")), nil, 1009},
	{"too many fragments", join(frame(false, ws.OpText, ""), bytes.Repeat(frame(false, ws.OpContinuation, ""), 8)), nil, 1008},
	{"invalid text", frame(true, ws.OpText, "a\xffb"), nil, 1007},
	{"surrogate in text", frame(true, ws.OpText, "\xed\xa0\x80"), nil, 1007},
	{"overlong text", frame(true, ws.OpText, "\xc0\xaf"), nil, 1007},
	{"beyond unicode", frame(true, ws.OpText, "\xf4\x90\x80\x80"), nil, 1007},
	{"text ends in a character", frame(true, ws.OpText, "a\xe2\x82"), nil, 1007},
	{"fragmented text ends in a character", join(frame(false, ws.OpText, "a\xe2"), frame(true, ws.OpContinuation, "\x82")), nil, 1007},
	{"invalid text in a fragment", join(frame(false, ws.OpText, "\xe2"), frame(false, ws.OpContinuation, "a")), nil, 1007},
	{"close of one byte", frame(true, ws.OpClose, "x"), nil, 1002},
	{"close 1005", frame(true, ws.OpClose, "\x03\xed"), nil, 1002},
	{"close with invalid reason", frame(true, ws.OpClose, "\x03\xe8\xff"), nil, 1007},
}

var testLimits = ws.Limits{MaxMessage: 70000, MaxFragments: 8}

func text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return string(b)
}

func check(t *testing.T, test decodeCase, events []got, err error) {
	t.Helper()
	if len(events) != len(test.want) {
		t.Fatalf("%d events, want %d", len(events), len(test.want))
	}
	for i := range events {
		if events[i] != test.want[i] {
			t.Fatalf("event %d: got %.80v, want %.80v", i, events[i], test.want[i])
		}
	}
	var violation *ws.CloseError
	switch {
	case test.code == 0 && err != nil:
		t.Fatal(err)
	case test.code != 0 && (!errors.As(err, &violation) || violation.Code != test.code):
		t.Fatalf("got %v, want code %d", err, test.code)
	}
}

func TestDecoder(t *testing.T) {
	for _, test := range decodeCases {
		t.Run(test.name, func(t *testing.T) {
			for _, piece := range []int{1 << 20, 1, 2, 3, 7, 4096} {
				if piece < 7 && len(test.stream) > 70000 {
					continue // the same in long
				}
				var d ws.Decoder
				events, err := decode(t, &d, test.stream, piece, testLimits)
				check(t, test, events, err)
				if n := d.Pending(); n != 0 && err != nil {
					t.Fatalf("%d bytes pending after a violation", n)
				}
			}
		})
	}
}

// Every opcode that is not defined is refused, as is every first byte with a reserved bit, before a second byte came.
func TestFirstByte(t *testing.T) {
	for first := range 256 {
		var d ws.Decoder
		_, _, err := d.Next([]byte{byte(first)}, ws.Limits{})
		op := first & 0x0f
		want := first&0x70 == 0 && (op <= 2 || (op >= 8 && op <= 10 && first&0x80 != 0))
		if (err == nil) != want {
			t.Errorf("first byte %#x: %v", first, err)
		}
	}
}

// No prefix of a valid stream is a violation or an event too early, and Pending is above 0 exactly inside of something.
func TestPrefixes(t *testing.T) {
	stream := join(frame(false, ws.OpText, "a\xe2\x82"), frame(true, ws.OpPing, "ping"), frame(true, ws.OpContinuation, "\xac"),
		frame(true, ws.OpBinary, text(200)))
	ends := map[int]bool{0: true, len(stream): true, len(stream) - 208: true}
	for cut := range len(stream) + 1 {
		var d ws.Decoder
		if _, err := decode(t, &d, stream[:cut], 1<<20, ws.Limits{}); err != nil {
			t.Fatalf("prefix of %d bytes: %v", cut, err)
		}
		if idle := d.Pending() == 0; idle != ends[cut] {
			t.Fatalf("prefix of %d bytes: %d pending", cut, d.Pending())
		}
	}
}

func TestDiscardsAfterViolation(t *testing.T) {
	var d ws.Decoder
	if _, _, err := d.Next([]byte{0xff}, ws.Limits{}); err == nil {
		t.Fatal("no error")
	}
	ev, n, err := d.Next(frame(true, ws.OpText, "x"), ws.Limits{})
	if ev.Kind != ws.None || n != 7 || err != nil {
		t.Fatalf("got %v, %d, %v", ev, n, err)
	}
}

// A decoder restored under a smaller limit may hold more than it allows: the next byte is refused, nothing overflows.
func TestLimitLowered(t *testing.T) {
	var d ws.Decoder
	if _, _, err := d.Next(frame(true, ws.OpBinary, text(100))[:90], ws.Limits{}); err != nil {
		t.Fatal(err)
	}
	_, _, err := d.Next([]byte("x"), ws.Limits{MaxMessage: 10})
	var violation *ws.CloseError
	if !errors.As(err, &violation) || violation.Code != ws.CloseTooBig {
		t.Fatalf("got %v", err)
	}
}
