package socketio

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

func TestArgsDecode(t *testing.T) {
	a := &Args{
		JSON: json.RawMessage(`["s",{"_placeholder":true,"num":1},{"f":{"_placeholder":true,"num":0},"l":[{"num":1,"_placeholder":true},9007199254740993]},7]`),
		Attachments: [][]byte{
			[]byte("zero"), []byte("one"),
		},
	}
	type file struct {
		F []byte
		L []json.RawMessage
	}
	var (
		s     string
		b     []byte
		f     file
		n     int
		any1  any
		m     map[string]any
		raw   json.RawMessage
		wrong map[string]int
	)
	if err := a.Decode(&s, &b, &f, &n); err != nil {
		t.Fatal(err)
	}
	if s != "s" || string(b) != "one" || string(f.F) != "zero" || n != 7 || string(f.L[1]) != "9007199254740993" {
		t.Errorf("got %q %q %+v %d", s, b, f, n)
	}
	if err := a.Decode(nil, &any1, &m); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(any1, []byte("one")) {
		t.Errorf("any is %#v", any1)
	}
	if want := (map[string]any{"f": []byte("zero"), "l": []any{[]byte("one"), 9007199254740992.0}}); !reflect.DeepEqual(m, want) {
		t.Errorf("map is %#v", m)
	}
	if err := a.Decode(nil, &raw); err != nil || string(raw) != `{"_placeholder":true,"num":1}` {
		t.Errorf("raw is %s, %v", raw, err)
	}
	if err := a.Decode(&n); err == nil {
		t.Error("a string was decoded into an int")
	}
	if err := a.Decode(nil, nil, &wrong); err == nil {
		t.Error("bytes were decoded into an int")
	}
	if err := a.Decode(nil, nil, nil, nil, nil); !errors.Is(err, ErrMissing) {
		t.Errorf("five of four: %v", err)
	}
	if split, err := a.Split(); err != nil || len(split) != 4 || string(split[3]) != "7" {
		t.Errorf("split into %q, %v", split, err)
	}
}

func TestArgsEmpty(t *testing.T) {
	var s string
	if err := new(Args).Decode(&s); !errors.Is(err, ErrMissing) {
		t.Errorf("decode: %v", err)
	}
	if split, err := new(Args).Split(); err != nil || len(split) != 0 {
		t.Errorf("split: %v, %v", split, err)
	}
}

// A placeholder of a number that there is none of is null, whoever made it.
func TestArgsBadPlaceholder(t *testing.T) {
	a := &Args{JSON: json.RawMessage(`[{"x":{"_placeholder":true,"num":5}},{"_placeholder":true,"num":"a"}]`), Attachments: [][]byte{{1}}}
	var v, w any
	if err := a.Decode(&v, &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(v, map[string]any{"x": nil}) || w != nil {
		t.Errorf("got %v, %v", v, w)
	}
}
