package contract_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

const enough = 1 << 20

func TestArgs(t *testing.T) {
	for _, x := range []struct {
		in, json string
		binary   []string
		out      string // where it is another than in
	}{
		{in: `[]`, json: `[]`},
		{in: `[1, {"a" : [null]},"\u00e9é<>&",1e400,-0.10]`, json: `[1, {"a" : [null]},"\u00e9é<>&",1e400,-0.10]`},
		{in: `[{"$binary":"AQID"}]`, json: `[{"_placeholder":true,"num":0}]`, binary: []string{"\x01\x02\x03"}},
		{in: `["$binary",{"x":"$binary","$":1}]`, json: `["$binary",{"x":"$binary","$":1}]`},
		{in: `[{"$binary":""},"x",{"a":[{"$binary":"/w=="}]}]`, json: `[{"_placeholder":true,"num":0},"x",{"a":[{"_placeholder":true,"num":1}]}]`, binary: []string{"", "\xff"}},
		{in: `[ { "\u0024bin\u0061ry" : "\/\u0077==" } , 2 ]`, json: `[ {"_placeholder":true,"num":0} , 2 ]`, binary: []string{"\xff"}, out: `[ {"$binary":"/w=="} , 2 ]`},
		{in: `[{"$$binary":"AQID"}]`, json: `[{"$binary":"AQID"}]`},
		{in: `[{"a":1,"$$$binary":{"$$binary":null}}]`, json: `[{"a":1,"$$binary":{"$binary":null}}]`},
		{in: `[{"$$binary":{"$binary":"AQID"},"b":"{"}]`, json: `[{"$binary":{"_placeholder":true,"num":0},"b":"{"}]`, binary: []string{"\x01\x02\x03"}},
		{in: `[{"$Binary":1,"binary":2,"x$binary":3,"$binaryx":4}]`, json: `[{"$Binary":1,"binary":2,"x$binary":3,"$binaryx":4}]`},
		{in: `[{"_placeholder":true,"num":0}]`, json: `[{"_placeholder":true,"num":0}]`},
		{in: `[{"_placeholder":1,"$$binary":0},{"$binary":"AQ=="}]`, json: `[{"_placeholder":1,"$binary":0},{"_placeholder":true,"num":0}]`, binary: []string{"\x01"}},
	} {
		a, err := contract.DecodeArgs("args", json.RawMessage(x.in))
		if err != nil {
			t.Errorf("%s: %v", x.in, err)
			continue
		}
		var binary []string
		for _, b := range a.Attachments {
			binary = append(binary, string(b))
		}
		if string(a.JSON) != x.json || !reflect.DeepEqual(binary, x.binary) {
			t.Errorf("%s is %s with %q", x.in, a.JSON, binary)
		}
		if x.out == "" {
			x.out = x.in
		}
		if out, err := contract.EncodeArgs(a, enough); err != nil || string(out) != x.out {
			t.Errorf("%s becomes %s, %v", x.in, out, err)
		}
	}
	if a, err := contract.DecodeArgs("args", nil); err != nil || a.JSON != nil {
		t.Errorf("%v, %v", a, err)
	}
	if out, err := contract.EncodeArgs(&socketio.Args{}, enough); err != nil || string(out) != "[]" {
		t.Errorf("%s, %v", out, err)
	}
}

func TestRefusedArgs(t *testing.T) {
	many := `[` + strings.Repeat(`{"$binary":""},`, 1000) + `{"$binary":""}]`
	for _, x := range []struct{ in, code, says string }{
		{``, contract.BadJSON, "end"},
		{`[`, contract.BadJSON, "end"},
		{"[\"\xff\"", contract.BadJSON, ""},
		{`{}`, contract.WrongType, `"args" is an object`},
		{` "x"`, contract.WrongType, `"args" is a string`},
		{`[{"$binary":1}]`, contract.WrongType, `"$binary" that is a number`},
		{`[{"$binary":null}]`, contract.WrongType, "null"},
		{`[{"$binary":"A"}]`, contract.InvalidValue, "not base64"},
		{`[{"$binary":"AQ"}]`, contract.InvalidValue, "not base64"},
		{`[{"$binary":"AR=="}]`, contract.InvalidValue, "not base64"},
		{`[{"$binary":"_w=="}]`, contract.InvalidValue, "not base64"},
		{`[{"$binary":"AQ\n=="}]`, contract.InvalidValue, "not base64"},
		{`[{"$binary":"AQ==","x":1}]`, contract.InvalidValue, "not alone"},
		{`[{"x":1,"$binary":"AQ=="}]`, contract.InvalidValue, "not alone"},
		{`[{"x":"{","$binary":"AQ=="}]`, contract.InvalidValue, "not alone"},
		{`[{"$$binary":1,"$binary":"AQ=="}]`, contract.InvalidValue, "not alone"},
		{`[{"$binary":"AQ==","$binary":"AQ=="}]`, contract.InvalidValue, "not alone"},
		{`[{"$binary":"AQ=="},{"_placeholder":true,"num":0}]`, contract.InvalidValue, "_placeholder"},
		{many, contract.InvalidValue, "more than 1000"},
		{strings.Repeat("[", 1001) + strings.Repeat("]", 1001), contract.InvalidValue, "nested"},
	} {
		a, err := contract.DecodeArgs("args", json.RawMessage(x.in))
		if err == nil || err.Code != x.code || !strings.Contains(err.Message, x.says) || len(err.Message) > 300 {
			t.Errorf("%.60s: %+v, %v", x.in, a, err)
		}
	}
}

// A client can refer to one attachment many times.
func TestArgsAreBounded(t *testing.T) {
	place := `{"_placeholder":true,"num":0}`
	a := &socketio.Args{JSON: []byte(`[` + strings.Repeat(place+`,`, 999) + place + `]`), Attachments: [][]byte{make([]byte, 10_000)}}
	if _, err := contract.EncodeArgs(a, enough); err == nil || err.Code != contract.TooLarge {
		t.Errorf("%v", err)
	}
	if out, err := contract.EncodeArgs(a, 20<<20); err != nil || len(out) < 1000*13_000 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if _, err := contract.EncodeArgs(&socketio.Args{JSON: []byte(`["` + strings.Repeat("x", 100) + `"]`)}, 50); err == nil {
		t.Error("too long, and taken")
	}
}

// What a client's packet says of placeholders, in any place, is what counts.
func TestPlaceholdersAnywhere(t *testing.T) {
	a := &socketio.Args{
		JSON:        []byte(`[{"num":1,"x":{"_placeholder":false,"num":0},"_placeholder":true},{"_placeholder":true,"num":0,"num":1},{"_placeholder":true,"_placeholder":false,"num":0},{"$binary":1}]`),
		Attachments: [][]byte{{1}, {2}},
	}
	want := `[{"$binary":"Ag=="},{"$binary":"Ag=="},{"_placeholder":true,"_placeholder":false,"num":0},{"$$binary":1}]`
	if out, err := contract.EncodeArgs(a, enough); err != nil || string(out) != want {
		t.Errorf("%s, %v", out, err)
	}
}

func FuzzArgs(f *testing.F) {
	for _, s := range []string{`[1,{"$binary":"AQID"},{"a":{"$$binary":[{"$binary":""}]}}]`, `[{"\u0024binary":"AQ=="}]`, `[{"_placeholder":true,"num":0}]`, `[{"$binary":"AQ==","x":1}]`, `[]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := contract.DecodeArgs("args", b)
		if err != nil {
			return
		}
		out, err := contract.EncodeArgs(a, 10*len(b)+enough)
		if err != nil {
			t.Fatalf("%q cannot be written: %v", b, err)
		}
		var before, after any
		if json.Unmarshal(b, &before) != nil || json.Unmarshal(out, &after) != nil {
			return // numbers that Go does not hold
		}
		if !reflect.DeepEqual(before, after) {
			t.Fatalf("%q becomes %q", b, out)
		}
		if len(a.Attachments) == 0 {
			return
		}
		var v any
		if err := a.Decode(&v); err != nil {
			t.Fatalf("%q with %q: %v", a.JSON, a.Attachments, err)
		}
		for _, x := range a.Attachments {
			if !bytes.Contains(out, []byte(base64.StdEncoding.EncodeToString(x))) {
				t.Fatalf("%q misses %q", out, x)
			}
		}
	})
}
