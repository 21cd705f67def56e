package roster

import (
	"bytes"
	"testing"
	"time"
)

func someone() Present {
	return Present{
		Member: Member{
			Node: Node{ID: 0xbeef, Boot: 7, Began: time.Unix(1, 2), Key: [16]byte{1, 15: 2}, Slots: 256, Name: "one.example"},
			Slot: 255, Life: 1 << 63, PID: 4711,
		},
		Counts: Counts{Connections: 1, Polling: 2, WebSocket: 3, Relayed: 1 << 40, Across: 6, Tunnelled: 5},
		Server: "NABC",
	}
}

func frames() map[string][]byte {
	p := someone()
	return map[string][]byte{
		"here": appendHere(nil, p, false), "hello": appendHere(nil, p, true),
		"bye": appendOriginal(nil, kindBye, p.Member), "lost": appendLost(nil, p.Member, 3, 9),
	}
}

func TestFrames(t *testing.T) {
	p := someone()
	for name, b := range frames() {
		f, err := parse(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch name {
		case "here", "hello":
			if f.kind != kindHere || f.hello != (name == "hello") || f.Present != p {
				t.Errorf("%s: %+v", name, f)
			}
		case "bye":
			if f.kind != kindBye || f.ID != p.ID || f.Boot != p.Boot || f.Slot != p.Slot || f.Life != p.Life {
				t.Errorf("bye: %+v", f)
			}
		case "lost":
			if f.kind != kindLost || f.Boot != p.Boot || f.Slot != 3 || f.Life != 9 {
				t.Errorf("lost: %+v", f)
			}
		}
	}
}

func TestMalformedFrames(t *testing.T) {
	for name, b := range frames() {
		for n := range b {
			if _, err := parse(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes parse", name, n, len(b))
			}
		}
		if _, err := parse(append(bytes.Clone(b), 0)); err == nil {
			t.Errorf("%s: parses with a byte too many", name)
		}
	}
	change := func(at int, v byte) []byte {
		b := bytes.Clone(frames()["here"])
		b[at] = v
		return b
	}
	for name, b := range map[string][]byte{
		"version": change(0, 2), "kind 0": change(1, 0), "kind 4": change(1, 4), "flags": change(original, 2),
		"slot beyond slots": change(original+25, 0),
	} {
		if _, err := parse(b); err == nil {
			t.Errorf("%s: parses", name)
		}
	}
	for name, clear := range map[string][2]int{"no boot": {4, 12}, "no life": {13, 21}} {
		b := frames()["bye"]
		for i := clear[0]; i < clear[1]; i++ {
			b[i] = 0
		}
		if _, err := parse(b); err == nil {
			t.Errorf("%s: parses", name)
		}
	}
}

func TestLongNamesAreCut(t *testing.T) {
	p := someone()
	p.Name = string(bytes.Repeat([]byte("n"), 300))
	f, err := parse(appendHere(nil, p, false))
	if err != nil || len(f.Name) != longest {
		t.Errorf("%d bytes of it, %v", len(f.Name), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range frames() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parse(b)
		if err != nil {
			return
		}
		var again []byte
		switch got.kind {
		case kindHere:
			again = appendHere(nil, got.Present, got.hello)
		case kindBye:
			again = appendOriginal(nil, kindBye, got.Member)
		case kindLost:
			again = appendLost(nil, got.from, got.Slot, got.Life)
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%x is written as %x", b, again)
		}
	})
}
