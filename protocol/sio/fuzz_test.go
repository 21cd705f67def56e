package sio_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

func FuzzParse(f *testing.F) {
	v := load(f)
	for _, row := range v.Encoded {
		f.Add([]byte(row.Text))
	}
	for _, row := range v.Decoded {
		f.Add([]byte(row.Text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		p, err := sio.Parse(b, 0)
		if !bytes.Equal(before, b) {
			t.Fatal("the packet was modified")
		}
		if err != nil {
			if !reflect.DeepEqual(p, sio.Packet{}) {
				t.Fatalf("a packet beside an error: %+v", p)
			}
			return
		}
		if p.Data != nil && !json.Valid(p.Data) {
			t.Fatalf("data %q", p.Data)
		}
		written := sio.Append(nil, p)
		if back, err := sio.Parse(written, 0); err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("%+v was written as %q and came back as %+v, %v", p, written, back, err)
		}
		if p.Type == sio.Event || p.Type == sio.BinaryEvent {
			checkEvent(t, p.Data)
		}
	})
}

// checkEvent compares ParseEvent, Split and Elements with each other and with encoding/json.
func checkEvent(t *testing.T, data []byte) {
	t.Helper()
	name, args, err := sio.ParseEvent(data)
	if err != nil {
		t.Fatalf("event %q: %v", data, err)
	}
	list, err := sio.Split(args, nil)
	if err != nil {
		t.Fatalf("arguments %q: %v", args, err)
	}
	all, err := sio.Elements(data, nil)
	if err != nil || len(all) != len(list)+1 {
		t.Fatalf("elements of %q: %q, %v; arguments %q", data, all, err, list)
	}
	var want []json.RawMessage
	if err := json.Unmarshal(data, &want); err != nil || len(want) != len(all) {
		t.Fatalf("elements of %q: %d, want %d, %v", data, len(all), len(want), err)
	}
	for i := range all {
		if string(all[i]) != string(want[i]) {
			t.Fatalf("element %d of %q: %q, want %q", i, data, all[i], want[i])
		}
	}
	var s string
	if all[0][0] == '"' && utf8.Valid(all[0]) && (json.Unmarshal(all[0], &s) != nil || s != string(name)) {
		t.Fatalf("name of %q: %q, want %q", data, name, s)
	}
}

// An ack takes every array, so what Parse says of one is what encoding/json says, apart from the depth.
func FuzzValid(f *testing.F) {
	for _, row := range load(f).Decoded {
		if len(row.Text) > 1 {
			f.Add([]byte(row.Text[1:]))
		}
	}
	f.Add([]byte(`["0123456\\","01234567\"89",{"a":[{"b":-1.5e+3}]}]`))
	f.Fuzz(func(t *testing.T, array []byte) {
		if len(array) == 0 || array[0] != '[' || bytes.Count(array, []byte("["))+bytes.Count(array, []byte("{")) > sio.MaxDepth {
			return
		}
		_, err := sio.Parse(append([]byte("3"), array...), 0)
		if want := json.Valid(array); (err == nil) != want {
			t.Fatalf("%q: %v, want valid %v", array, err, want)
		}
		if _, err := sio.Elements(array, nil); (err == nil) != json.Valid(array) {
			t.Fatalf("elements of %q: %v", array, err)
		}
		_, _, _ = sio.ParseEvent(array)
	})
}

// Whatever Placeholders lets pass has none that would reach outside of the attachments, however JSON is written.
func FuzzPlaceholders(f *testing.F) {
	for _, row := range load(f).Placeholders {
		f.Add([]byte(row.JSON), row.Attachments)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		err := sio.Placeholders(data, n)
		sio.Placeholder(data)
		if err != nil {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("%q passed: %v", data, err)
		}
		checkPlaceholders(t, v, n)
	})
}

func checkPlaceholders(t *testing.T, v any, n int) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			checkPlaceholders(t, element, n)
		}
	case map[string]any:
		if v["_placeholder"] == true {
			num, ok := v["num"].(float64)
			if !ok || num < 0 || num >= float64(n) || num != float64(int(num)) {
				t.Fatalf("%v of %d passed", v, n)
			}
		}
		for _, element := range v {
			checkPlaceholders(t, element, n)
		}
	}
}
