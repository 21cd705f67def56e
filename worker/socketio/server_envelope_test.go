package socketio

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

var serverEnvelopes = []serverEnvelope{
	{namespace: "/", event: "e", text: []byte(`3[]`), args: []byte(`[]`)},
	{namespace: "/admin", event: "", text: []byte(`3/admin,[1,{"a":"é"}]`), args: []byte(`[1,{"a":"é"}]`)},
	{namespace: "/", event: "disconnect", text: []byte(`62-[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`),
		args:        []byte(`[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]`),
		attachments: [][]byte{{}, bytes.Repeat([]byte{7}, 300)}},
}

func TestServerEnvelope(t *testing.T) {
	for _, e := range serverEnvelopes {
		b := e.append(nil)
		got, err := parseServerEnvelope(b)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if !reflect.DeepEqual(*got, e) {
			t.Errorf("got %+v, want %+v", *got, e)
		}
		for n := range b {
			if _, err := parseServerEnvelope(b[:n]); err == nil {
				t.Errorf("%d of %d bytes were accepted", n, len(b))
			}
		}
		if _, err := parseServerEnvelope(append(b, 0)); err == nil {
			t.Error("a byte behind the end was accepted")
		}
		if _, err := parseEnvelope(b, 10); !errors.Is(err, errVersion) {
			t.Errorf("read as a broadcast: %v", err)
		}
	}
	for _, e := range envelopes {
		if _, err := parseServerEnvelope(e.append(nil)); !errors.Is(err, errVersion) {
			t.Errorf("a broadcast was read as an event: %v", err)
		}
	}
}

func TestServerEnvelopeRefused(t *testing.T) {
	good := serverEnvelope{namespace: "/", event: "e", text: []byte(`3[1]`)}
	with := func(change func(*serverEnvelope)) []byte {
		e := good
		change(&e)
		return e.append(nil)
	}
	text := func(s string) []byte { return with(func(e *serverEnvelope) { e.text = []byte(s) }) }
	at := func(i int, b byte) []byte {
		out := good.append(nil)
		out[i] = b
		return out
	}
	for name, b := range map[string][]byte{
		"version":         at(0, 2),
		"kind":            at(1, 3),
		"flag":            at(2, 1),
		"long number":     append([]byte{1, 2, 0, 0x81, 0x00}, good.append(nil)[4:]...),
		"huge number":     append([]byte{1, 2, 0}, bytes.Repeat([]byte{0xff}, 9)...),
		"other namespace": with(func(e *serverEnvelope) { e.namespace = "/x" }),
		"no slash":        with(func(e *serverEnvelope) { e.namespace = "x" }),
		"reserved":        with(func(e *serverEnvelope) { e.event = "connection" }),
		"attachments":     with(func(e *serverEnvelope) { e.attachments = [][]byte{{1}} }),
		"no attachments":  text(`61-[1]`),
		"not JSON":        text(`3[1`),
		"no array":        text(`3{}`),
		"no data":         text(`3`),
		"no packet":       text(``),
		"an id":           text(`31[]`),
		"event":           text(`2["e"]`),
		"connect":         text(`0{"sid":"x"}`),
		"not UTF-8":       text("3[\"\xff\"]"),
		"wrong placeholder": with(func(e *serverEnvelope) {
			e.text = []byte(`61-[{"_placeholder":true,"num":1}]`)
			e.attachments = [][]byte{{1}}
		}),
	} {
		if _, err := parseServerEnvelope(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzServerEnvelope(f *testing.F) {
	for _, e := range serverEnvelopes {
		f.Add(e.append(nil))
	}
	for _, e := range envelopes {
		f.Add(e.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseServerEnvelope(b)
		if err != nil {
			return
		}
		if again := e.append(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x was read as %x", b, again)
		}
	})
}
