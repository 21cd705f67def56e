package sio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

func TestHotPathAllocatesNothing(t *testing.T) {
	for _, text := range []string{`2["echo","x"]`, `21["echo","x"]`, `31["x"]`, `51-["b",{"_placeholder":true,"num":0}]`, `0{"token":"x"}`, `2["\u0065cho"]`} {
		b := []byte(text)
		var dst []byte
		list := make([][]byte, 0, 4)
		if allocs := testing.AllocsPerRun(100, func() {
			p, err := sio.Parse(b, 0)
			if err != nil {
				t.Fatal(err)
			}
			dst = sio.Append(dst[:0], p)
			if p.Type == sio.Event && b[3] != '\\' {
				_, args, err := sio.ParseEvent(p.Data)
				if err != nil {
					t.Fatal(err)
				}
				if list, err = sio.Split(args, list[:0]); err != nil {
					t.Fatal(err)
				}
			}
			if err := sio.Placeholders(p.Data, p.Attachments); err != nil && p.Data != nil {
				t.Fatal(err)
			}
		}); allocs > 0 {
			t.Errorf("%s: %v allocations", text, allocs)
		}
	}
}

// A receiver that knows a namespace has no second name of it made.
func TestKnownNamespaceAllocatesNothing(t *testing.T) {
	b, known := []byte(`2/admin,["echo","x"]`), "/admin"
	if allocs := testing.AllocsPerRun(100, func() {
		p, err := sio.ParseNamed(b, 0, func(name []byte) string {
			if string(name) != known {
				t.Errorf("asked for %q", name)
			}
			return known
		})
		if err != nil || p.Namespace != known || string(p.Data) != `["echo","x"]` {
			t.Errorf("%+v: %v", p, err)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// noise is what the runtime may allocate beside a long call. Against it stand millions of elements.
const noise = 8

// Packets made to hurt a parser that copies, recurses or starts over: half a megabyte each would take a quadratic one minutes, and
// the number of allocations may not follow the size.
func TestAdversarialPackets(t *testing.T) {
	const size = 1 << 19
	for _, test := range []struct {
		name, text string
		ok         bool
	}{
		{"open brackets", "2" + strings.Repeat("[", size), false},
		{"open objects", "0" + strings.Repeat(`{"a":`, size/5), false},
		{"empty arrays", `2["a"` + strings.Repeat(",[]", size/3) + "]", true},
		{"empty objects", `2["a"` + strings.Repeat(",{}", size/3) + "]", true},
		{"deep and wide", `2["a"` + strings.Repeat(","+strings.Repeat("[", 900)+strings.Repeat("]", 900), size/1801) + "]", true},
		{"long name", `2["` + strings.Repeat("a", size) + `"]`, true},
		{"escaped name", `2["` + strings.Repeat(`\u0063`, size/6) + `"]`, true},
		{"backslashes", `2["a","` + strings.Repeat(`\\`, size/2) + `"]`, true},
		{"string without end", `2["a","` + strings.Repeat(`\"`, size/2), false},
		{"long number", `2["a",` + strings.Repeat("1", size) + "]", true},
		{"long number for a name", "2[" + strings.Repeat("1", size) + "]", true},
		{"long id", "2" + strings.Repeat("1", size), false},
		{"long namespace", "2/" + strings.Repeat("a", size) + `,["a"]`, true},
		{"namespace without end", "2/" + strings.Repeat("a", size), false},
		{"long number of attachments", "5" + strings.Repeat("1", size), false},
		{"spaces", `2["a"` + strings.Repeat(" ", size) + "]", true},
		{"keys like placeholders", `51-["a",{` + strings.Repeat(`"_placeholder":true,"num":0,`, size/28) + `"x":1}]`, true},
		{"placeholders", `51-["a"` + strings.Repeat(`,{"_placeholder":true,"num":0}`, size/30) + "]", true},
		{"nested placeholders", `51-["a"` + strings.Repeat(","+strings.Repeat(`{"_placeholder":`, 900)+"1"+strings.Repeat("}", 900), size/15301) + "]", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := []byte(test.text)
			allocs := testing.AllocsPerRun(1, func() {
				p, err := sio.Parse(b, 0)
				if (err == nil) != test.ok {
					t.Fatal(err)
				}
				if err != nil {
					return
				}
				if _, _, err := sio.ParseEvent(p.Data); err != nil {
					t.Fatal(err)
				}
				if err := sio.Placeholders(p.Data, p.Attachments); err != nil {
					t.Fatal(err)
				}
			})
			if allocs > noise {
				t.Errorf("%v allocations", allocs)
			}
		})
	}
}
