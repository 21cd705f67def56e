package ws_test

import (
	"bytes"
	"encoding"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

var (
	_ encoding.BinaryMarshaler   = (*ws.Decoder)(nil)
	_ encoding.BinaryAppender    = (*ws.Decoder)(nil)
	_ encoding.BinaryUnmarshaler = (*ws.Decoder)(nil)
)

// move writes d and restores it as another decoder, which has to be the same to the byte.
func move(t testing.TB, d *ws.Decoder) *ws.Decoder {
	t.Helper()
	state, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	moved := new(ws.Decoder)
	kept := bytes.Clone(state)
	if err := moved.UnmarshalBinary(state); err != nil {
		t.Fatalf("state %x: %v", state, err)
	}
	clear(state) // nothing of it may be kept by reference
	again, err := moved.AppendBinary(nil)
	if err != nil || !bytes.Equal(again, kept) {
		t.Fatalf("state %x came back as %x, %v", kept, again, err)
	}
	if moved.Pending() != d.Pending() {
		t.Fatalf("%d bytes pending, want %d", moved.Pending(), d.Pending())
	}
	return moved
}

// A decoder that moves at every byte gives what one gives that stays.
func TestMovesAnywhere(t *testing.T) {
	for _, test := range decodeCases {
		if len(test.stream) > 1000 {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			d := new(ws.Decoder)
			var events []got
			var err error
			for i := range test.stream {
				var more []got
				if more, err = decode(t, d, test.stream[i:i+1], 1, testLimits); err != nil {
					break
				}
				events = append(events, more...)
				d = move(t, d)
			}
			check(t, test, events, err)
		})
	}
}

// Nothing malformed is restored: every prefix is refused, and every changed byte gives a decoder that works or an error.
func TestUnmarshalRefuses(t *testing.T) {
	var d ws.Decoder
	stream := join(frame(false, ws.OpText, "a\xe2\x82"), frame(true, ws.OpPing, "ping"))
	if _, err := decode(t, &d, stream[:len(stream)-2], 1<<20, ws.Limits{}); err != nil {
		t.Fatal(err)
	}
	state, _ := d.MarshalBinary()
	for cut := range state {
		if err := new(ws.Decoder).UnmarshalBinary(state[:cut]); err == nil {
			t.Errorf("a prefix of %d bytes is accepted", cut)
		}
	}
	if err := new(ws.Decoder).UnmarshalBinary(append(bytes.Clone(state), 0)); err == nil {
		t.Error("a byte too many is accepted")
	}
	for i := range state {
		for c := range 256 {
			changed := bytes.Clone(state)
			changed[i] = byte(c)
			var d ws.Decoder
			if d.UnmarshalBinary(changed) == nil {
				move(t, &d)
				_, _ = decode(t, &d, stream, 5, testLimits)
			}
		}
	}
}

func TestUnmarshalFailureLeavesDecoder(t *testing.T) {
	var d ws.Decoder
	if _, err := decode(t, &d, frame(true, ws.OpText, "hello")[:8], 8, ws.Limits{}); err != nil {
		t.Fatal(err)
	}
	if err := d.UnmarshalBinary([]byte{1, 2, 3}); err == nil || d.Pending() != 2 {
		t.Errorf("got %v, %d pending", err, d.Pending())
	}
}
