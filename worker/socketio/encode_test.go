package socketio

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

type upper string

func (u upper) MarshalText() ([]byte, error) { return []byte("<" + u + ">"), nil }

type embedded struct {
	Inner []byte `json:"inner"`
	Name  string `json:"name"`
}

type Blob []byte

type deep struct {
	embedded
	*Pointed
	Name    string         `json:"name"`
	File    Blob           `json:"file"`
	None    []byte         `json:"none,omitempty"`
	Skip    []byte         `json:"-"`
	Any     any            `json:"any"`
	When    time.Time      `json:"when,omitzero"`
	Count   int            `json:"count,string"`
	Map     map[int]any    `json:"map,omitempty"`
	private []byte         //nolint:unused // must be left alone
	List    []any          `json:"list"`
	Nested  map[string]any `json:"nested,omitempty"`
}

type Pointed struct{ Extra int }

type cyclic struct {
	Next *cyclic
	B    []byte
}

func TestEncodeEvent(t *testing.T) {
	cycle := &cyclic{}
	cycle.Next = cycle
	when := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	tests := []struct {
		name   string
		header header
		args   []any
		want   string
		binary []string
	}{
		{"no arguments", header{namespace: "/"}, nil, `2["e"]`, nil},
		{"namespace", header{namespace: "/admin"}, []any{1}, `2/admin,["e",1]`, nil},
		{"id", header{namespace: "/admin", id: 12, hasID: true}, nil, `2/admin,12["e"]`, nil},
		{"id 0", header{namespace: "/", id: 0, hasID: true}, nil, `20["e"]`, nil},
		{"scalars", header{namespace: "/"}, []any{nil, true, false, -3, int64(4), uint64(math.MaxUint64), 1.5, "x"},
			`2["e",null,true,false,-3,4,18446744073709551615,1.5,"x"]`, nil},
		{"strings", header{namespace: "/"}, []any{"\"\\\n\r\t\b\f\x01/<>&\u2028é😀", "\xffa\xc3"},
			`2["e","\"\\\n\r\t\b\f\u0001/<>&` + "\u2028é😀\",\"\ufffda\ufffd\"]", nil},
		{"json", header{namespace: "/"}, []any{map[string]any{"b": "<", "a": []int{1}}, struct{ A, b int }{1, 2}, upper("x"), []string(nil)},
			`2["e",{"a":[1],"b":"<"},{"A":1},"<x>",null]`, nil},
		{"raw", header{namespace: "/"}, []any{json.RawMessage(`{"a": 1}`), json.RawMessage(nil)}, `2["e",{"a": 1},null]`, nil},
		{"binary", header{namespace: "/admin", id: 7, hasID: true}, []any{"x", []byte("one"), 2, Blob("two"), []byte(nil), []byte{}},
			`53-/admin,7["e","x",{"_placeholder":true,"num":0},2,{"_placeholder":true,"num":1},null,{"_placeholder":true,"num":2}]`,
			[]string{"one", "two", ""}},
		{"binary in maps and slices", header{namespace: "/"},
			[]any{map[string]any{"z": []byte("z"), "a": [][]byte{[]byte("1"), []byte("2")}, "n": nil}, &[]any{[]byte("p")}},
			`54-["e",{"a":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}],"n":null,"z":{"_placeholder":true,"num":2}},[{"_placeholder":true,"num":3}]]`,
			[]string{"1", "2", "z", "p"}},
		{"binary in structs", header{namespace: "/"}, []any{deep{
			embedded: embedded{Inner: []byte("in"), Name: "hidden"}, Name: "n", File: Blob("f"), Skip: []byte("no"),
			Any: []byte("any"), When: when, Count: 3, Map: map[int]any{2: upper("k")}, List: nil, private: []byte("no"),
		}},
			`53-["e",{"inner":{"_placeholder":true,"num":0},"name":"n","file":{"_placeholder":true,"num":1},"any":{"_placeholder":true,"num":2},` +
				`"when":"2024-05-06T07:08:09Z","count":"3","map":{"2":"<k>"},"list":null}]`,
			[]string{"in", "f", "any"}},
		{"array of bytes is no binary", header{namespace: "/"}, []any{[2]byte{1, 2}, []any{[2]byte{3, 4}}}, `2["e",[1,2],[[3,4]]]`, nil},
		{"args", header{namespace: "/"}, []any{&Args{JSON: json.RawMessage(`["a",{"b":1}]`)}, 2, Args{}}, `2["e","a",{"b":1},2]`, nil},
		{"args with binary", header{namespace: "/"},
			[]any{&Args{JSON: json.RawMessage(`[{"_placeholder":true,"num":0},1]`), Attachments: [][]byte{[]byte("x")}}},
			`51-["e",{"_placeholder":true,"num":0},1]`, []string{"x"}},
		{"args with binary behind binary", header{namespace: "/"},
			[]any{[]byte("w"), &Args{JSON: json.RawMessage(`[{"x":{"_placeholder":true,"num":0}},12345678901234567890]`), Attachments: [][]byte{[]byte("x")}}},
			`52-["e",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}},12345678901234567890]`, []string{"w", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := encodeEvent(tt.header, "e", tt.args)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(p.raw); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			var binary []string
			for _, b := range p.attachments {
				binary = append(binary, string(b))
			}
			if !slices.Equal(binary, tt.binary) {
				t.Errorf("attachments %q, want %q", binary, tt.binary)
			}
			if len(p.all) > 0 && len(p.all) != len(binary)+1 {
				t.Errorf("%d messages for %d attachments", len(p.all), len(binary))
			}
		})
	}
	for name, arg := range map[string]any{
		"channel":            make(chan int),
		"cycle":              cycle,
		"not a number":       math.NaN(),
		"invalid raw":        json.RawMessage(`{`),
		"invalid args":       &Args{JSON: json.RawMessage(`[1`)},
		"args no array":      &Args{JSON: json.RawMessage(`{}`)},
		"args placeholder":   &Args{JSON: json.RawMessage(`[{"_placeholder":true,"num":1}]`), Attachments: [][]byte{nil}},
		"channel in a map":   map[string]any{"a": make(chan int), "b": []byte{}},
		"map of struct keys": map[struct{ a int }]any{{1}: []byte{}},
	} {
		if _, err := encodeEvent(header{namespace: "/"}, "e", []any{arg}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// JSON that the application gives goes out as it is, or not at all.
func TestEncodeRaw(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, good := range []string{`0`, ` { "a" : [ 1 , "\u00e9é" ] } `, "null", "\n[]\t", `"]"`, deep(1000)} {
		p, err := encodeEvent(header{namespace: "/"}, "e", []any{1, json.RawMessage(good), []any{json.RawMessage(`{}`)}})
		if want := `2["e",1,` + good + `,[{}]]`; err != nil || string(p.raw) != want {
			t.Errorf("got %s, %v, want %s", p.raw, err, want)
		}
	}
	for _, bad := range []string{``, ` `, `{`, `1,2`, `],[`, `1],[2`, `]`, `,`, `nul`, `1 2`, `{"a":1,}`, "\"\xff\"", "\"\x1e\"", deep(1001)} {
		for name, arg := range map[string]any{
			"raw":    json.RawMessage(bad),
			"nested": map[string]any{"a": json.RawMessage(bad)},
			"args":   &Args{JSON: json.RawMessage("[" + bad + ",")},
		} {
			if _, err := encodeEvent(header{namespace: "/"}, "e", []any{arg}); !errors.Is(err, ErrInvalidJSON) {
				t.Errorf("%s %q: %v", name, bad, err)
			}
		}
	}
	invalid := struct{ R json.RawMessage }{json.RawMessage("\"\xff\"")}
	if _, err := encodeEvent(header{namespace: "/"}, "e", []any{invalid}); !errors.Is(err, ErrInvalidJSON) {
		t.Errorf("in a struct: %v", err)
	}
}

func TestReservedNames(t *testing.T) {
	for name := range reserved {
		if _, err := encodeEvent(header{namespace: "/"}, name, nil); !errors.Is(err, ErrReserved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"error", "message", "", "__proto__"} {
		if _, err := encodeEvent(header{namespace: "/"}, name, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncodeAck(t *testing.T) {
	p, err := encodeAck(header{namespace: "/a", id: 3, hasID: true}, []any{[]byte("x"), "y"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(p.raw), `61-/a,3[{"_placeholder":true,"num":0},"y"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p, err = encodeAck(header{namespace: "/", id: 3, hasID: true}, nil)
	if got, want := string(p.raw), `33[]`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// One packet, one buffer of the right size.
func TestEncodedSize(t *testing.T) {
	for _, h := range []header{{namespace: "/"}, {namespace: "/x"}, {namespace: "/", id: 9, hasID: true}, {namespace: "/x", id: math.MaxUint64, hasID: true}} {
		for n := range 12 {
			args := make([]any, n)
			for i := range args {
				args[i] = []byte{1}
			}
			p, err := encodeEvent(h, "e", args)
			if err != nil {
				t.Fatal(err)
			}
			if cap(p.raw) != len(p.raw) {
				t.Errorf("%s: room for %d bytes", p.raw, cap(p.raw))
			}
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\x00\x1f\x7f", "é\xff\xf0\x9f\x98", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(s)
		var same string
		if err := json.Unmarshal(want, &same); err != nil || got != same {
			t.Fatalf("%q became %q, not %q", s, got, same)
		}
	})
}
