package socketio

import (
	"bytes"
	"reflect"
	"testing"
)

var envelopes = []envelope{
	{namespace: "/", text: []byte(`2["e",1]`)},
	{namespace: "/", plain: true, text: []byte(`2["e",1]`)},
	{namespace: "/", plain: true, volatile: true, text: []byte(`2["e",1]`)},
	{namespace: "/admin", sender: "s", rooms: []string{"a", "", "b c"}, except: []string{"x"}, volatile: true, text: []byte(`2/admin,["e"]`)},
	{namespace: "/", rooms: []string{"a"}, text: []byte(`52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`),
		attachments: [][]byte{{}, bytes.Repeat([]byte{7}, 300)}},
}

func TestEnvelope(t *testing.T) {
	for _, e := range envelopes {
		b := e.append(nil)
		got, err := parseEnvelope(b, 10)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if !reflect.DeepEqual(*got, e) {
			t.Errorf("got %+v, want %+v", *got, e)
		}
		for n := range b {
			if _, err := parseEnvelope(b[:n], 10); err == nil {
				t.Errorf("%d of %d bytes were accepted", n, len(b))
			}
		}
		if _, err := parseEnvelope(append(b, 0), 10); err == nil {
			t.Error("a byte behind the end was accepted")
		}
	}
}

func TestEnvelopeRefused(t *testing.T) {
	good := envelope{namespace: "/", rooms: []string{"a"}, text: []byte(`2["e"]`)}
	with := func(change func(*envelope)) []byte {
		e := good
		change(&e)
		return e.append(nil)
	}
	at := func(i int, b byte) []byte {
		out := good.append(nil)
		out[i] = b
		return out
	}
	for name, b := range map[string][]byte{
		"version":          at(0, 2),
		"kind":             at(1, 2),
		"flag":             at(2, 0x80),
		"next flag":        at(2, 0x04),
		"long number":      append([]byte{1, 1, 0, 0x81, 0x00}, good.append(nil)[4:]...),
		"huge number":      append([]byte{1, 1, 0}, bytes.Repeat([]byte{0xff}, 9)...),
		"too many rooms":   with(func(e *envelope) { e.rooms = make([]string, 11) }),
		"too many excepts": with(func(e *envelope) { e.except = make([]string, 11) }),
		"other namespace":  with(func(e *envelope) { e.namespace = "/x" }),
		"attachments":      with(func(e *envelope) { e.attachments = [][]byte{{1}} }),
		"no attachments":   with(func(e *envelope) { e.text = []byte(`51-["e"]`) }),
		"not JSON":         with(func(e *envelope) { e.text = []byte(`2["e"`) }),
		"no packet":        with(func(e *envelope) { e.text = nil }),
		"disconnect":       with(func(e *envelope) { e.text = []byte(`1`) }),
		"connect":          with(func(e *envelope) { e.text = []byte(`0{"sid":"x"}`) }),
		"acknowledgement":  with(func(e *envelope) { e.text = []byte(`31[]`) }),
		"wants one":        with(func(e *envelope) { e.text = []byte(`21["e"]`) }),
		"reserved name":    with(func(e *envelope) { e.text = []byte(`2["disconnect"]`) }),
		"wrong placeholder": with(func(e *envelope) {
			e.text = []byte(`51-["e",{"_placeholder":true,"num":1}]`)
			e.attachments = [][]byte{{1}}
		}),
	} {
		if _, err := parseEnvelope(b, 10); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	for _, e := range envelopes {
		f.Add(e.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseEnvelope(b, 10)
		if err != nil {
			return
		}
		if again := e.append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x was read as %x", b, again)
		}
	})
}
