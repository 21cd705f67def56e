package ws_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

// However a stream is cut, and wherever its decoder moves, the events and the violation are the same.
func FuzzDecoder(f *testing.F) {
	for _, test := range decodeCases {
		if len(test.stream) < 1000 {
			f.Add(test.stream, uint8(3))
		}
	}
	for _, row := range load(f) {
		if row.Payload != nil {
			f.Add([]byte(row.Frame), uint8(5))
		}
	}
	limits := ws.Limits{MaxMessage: 1000, MaxFragments: 5}
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		var whole ws.Decoder
		want, wantErr := decode(t, &whole, stream, max(1, len(stream)), limits)
		for _, ev := range want {
			if len(ev.data) > 1000 {
				t.Fatalf("a message of %d bytes", len(ev.data))
			}
		}
		if whole.Pending() > 1000+125+14 {
			t.Fatalf("%d bytes pending", whole.Pending())
		}
		d := new(ws.Decoder)
		var got []got
		var err error
		size := 1 + int(piece)
		for at := 0; at < len(stream) && err == nil; at += size {
			more, failed := decode(t, d, stream[at:min(at+size, len(stream))], size, limits)
			got, err = append(got, more...), failed
			d = move(t, d)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in pieces of %d: got %v, want %v", size, got, want)
		}
		var a, b *ws.CloseError
		if errors.As(err, &a) != errors.As(wantErr, &b) || (a != nil && a.Code != b.Code) {
			t.Fatalf("in pieces of %d: got %v, want %v", size, err, wantErr)
		}
	})
}

// A state from elsewhere is refused or works, and never makes the decoder hold more than its limits.
func FuzzUnmarshal(f *testing.F) {
	for _, test := range decodeCases {
		if len(test.stream) > 1000 {
			continue
		}
		var d ws.Decoder
		if _, err := decode(f, &d, test.stream[:len(test.stream)-1], 1000, testLimits); err != nil {
			continue
		}
		state, _ := d.MarshalBinary()
		f.Add(state, []byte("rest"))
	}
	f.Fuzz(func(t *testing.T, state, stream []byte) {
		var d ws.Decoder
		if d.UnmarshalBinary(state) != nil {
			return
		}
		moved := move(t, &d)
		limits := ws.Limits{MaxMessage: len(state) + 100, MaxFragments: 5}
		want, wantErr := decode(t, &d, stream, max(1, len(stream)), limits)
		got, err := decode(t, moved, stream, 1, limits)
		if !slices.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, %v, want %v, %v", got, err, want, wantErr)
		}
	})
}
