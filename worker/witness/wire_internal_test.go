package witness

import (
	"bytes"
	"testing"
)

var frames = [][]byte{
	appendHeader(nil, kindBegin, place{1, 2, 3}, 4),
	appendHeader(nil, kindEnd, place{1, 2, 3}, 4),
	appendHeader(nil, kindBeat, place{1, 2, 3}, 4),
	appendHeader(nil, kindRelease, place{1, 2, 3}, 4),
	appendHeader(nil, kindHeard, place{1, 2, 3}, 4),
	appendEntry(appendHeader(nil, kindOwe, place{1, 2, 3}, 4), entry{"id", []byte("farewell")}),
	appendEntry(appendEntry(appendHeader(nil, kindPiece, place{1, 2, 3}, 4), entry{"a", nil}), entry{"b", []byte("x")}),
	appendID(appendHeader(nil, kindSettled, place{1, 2, 3}, 4), "id"),
	appendWord(nil, kindKept, place{1, 2, 3}, 5, 6),
	appendWord(nil, kindSpoken, place{1, 2, 3}, 5, 6),
}

// Every frame parses as what it is; no part of it does, but a piece with fewer
// entries.
func TestFrames(t *testing.T) {
	for _, b := range frames {
		f, err := parse(b)
		if err != nil || f.from != (place{1, 2, 3}) {
			t.Errorf("%x: %+v, %v", b, f, err)
		}
		for n := range b {
			if f, err := parse(b[:n]); err == nil && f.kind != kindPiece {
				t.Errorf("%x parses", b[:n])
			}
		}
		if _, err := parse(append(bytes.Clone(b), 0)); err == nil {
			t.Errorf("%x and more parses", b)
		}
	}
	f, _ := parse(frames[6])
	if len(f.entries) != 2 || f.entries[1].id != "b" || string(f.entries[1].farewell) != "x" || f.number != 4 {
		t.Errorf("%+v", f)
	}
	f, _ = parse(frames[9])
	if f.life != 5 || f.number != 6 {
		t.Errorf("%+v", f)
	}
}

func FuzzFrame(f *testing.F) {
	for _, b := range frames {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := parse(b)
		if err != nil || frame.kind != kindPiece {
			return
		}
		again := appendHeader(nil, frame.kind, frame.from, frame.number)
		for _, e := range frame.entries {
			again = appendEntry(again, e)
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%x becomes %x", b, again)
		}
	})
}
