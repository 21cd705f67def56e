package ws_test

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/ioserver/ioserver/protocol/ws"
)

func TestIdleDecoderIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(ws.Decoder{}); size > 16 {
		t.Errorf("an idle decoder takes %d bytes", size)
	}
}

// A whole frame is returned where it lies, whatever its type.
func TestWholeFramesAreNotCopied(t *testing.T) {
	for _, op := range []ws.Opcode{ws.OpText, ws.OpBinary, ws.OpPing, ws.OpPong} {
		source := ws.AppendMasked(nil, true, op, key, []byte(text(100)))
		b := bytes.Clone(source)
		var d ws.Decoder
		if allocs := testing.AllocsPerRun(100, func() {
			copy(b, source)
			ev, n, err := d.Next(b, ws.Limits{})
			if err != nil || n != len(b) || len(ev.Data) != 100 {
				t.Fatal(ev, n, err)
			}
			if &ev.Data[0] != &b[len(b)-100] {
				t.Fatal("the payload was copied")
			}
		}); allocs > 0 {
			t.Errorf("opcode %d: %v allocations", op, allocs)
		}
	}
}

// A flood of violations allocates nothing either.
func TestRefusalAllocatesNothing(t *testing.T) {
	b := []byte{0xff}
	if allocs := testing.AllocsPerRun(100, func() {
		var d ws.Decoder
		if _, _, err := d.Next(b, ws.Limits{}); err == nil {
			t.Fatal("no error")
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// What a header announces allocates nothing; what arrives does, in steps that double, so that the number of
// allocations, and with it the copying, grows with the logarithm of the message.
func TestBuffersGrowWithWhatArrives(t *testing.T) {
	const size = 1 << 18
	lim := ws.Limits{MaxMessage: size, MaxFragments: size + 1}
	header := ws.AppendMasked(nil, true, ws.OpBinary, key, make([]byte, size))[:14]
	if n := testing.AllocsPerRun(10, func() {
		var d ws.Decoder
		if _, _, err := d.Next(header, lim); err != nil {
			t.Fatal(err)
		}
		if d.Pending() != 1 {
			t.Fatalf("%d bytes pending", d.Pending())
		}
	}); n > 2 {
		t.Errorf("%v allocations for a header", n)
	}

	oneFrame := ws.AppendMasked(nil, true, ws.OpText, key, []byte(text(size)))
	fragments := frame(false, ws.OpText, "")
	for range size - 1 {
		fragments = append(fragments, frame(false, ws.OpContinuation, "x")...)
	}
	fragments = append(fragments, frame(true, ws.OpContinuation, "x")...)
	for name, stream := range map[string][]byte{"one frame, byte by byte": oneFrame, "fragments of one byte": fragments} {
		source := bytes.Clone(stream)
		allocs := testing.AllocsPerRun(1, func() {
			copy(stream, source)
			var d ws.Decoder
			for i := range stream {
				ev, _, err := d.Next(stream[i:i+1], lim)
				if err != nil {
					t.Fatal(err)
				}
				if (ev.Kind == ws.Text) != (i == len(stream)-1) {
					t.Fatalf("event %v at byte %d of %d", ev.Kind, i, len(stream))
				}
				if ev.Kind == ws.Text && (len(ev.Data) != size || cap(ev.Data) > 2*size) {
					t.Fatalf("%d bytes in a buffer of %d", len(ev.Data), cap(ev.Data))
				}
			}
		})
		if allocs > 40 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

// Text of characters that are never whole where a fragment ends is still checked once only.
func TestSplitCharacters(t *testing.T) {
	const fragments = 100_000
	stream := frame(false, ws.OpText, "\xf0\x9f\x98")
	for range fragments {
		stream = append(stream, frame(false, ws.OpContinuation, "\x80\xf0\x9f\x98")...)
	}
	stream = append(stream, frame(true, ws.OpContinuation, "\x80")...)
	var d ws.Decoder
	ev, n, err := d.Next(stream, ws.Limits{MaxMessage: 1 << 20, MaxFragments: fragments + 2})
	if err != nil || n != len(stream) || len(ev.Data) != 4*(fragments+1) {
		t.Fatalf("%d bytes of %d, %v", len(ev.Data), n, err)
	}
}
