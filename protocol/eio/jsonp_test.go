package eio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

func TestJSONPIsTheReference(t *testing.T) {
	for _, row := range load(t).JSONP {
		got := eio.AppendJSONP([]byte("prefix"), row.Index, row.Payload)
		// The one difference: "</" ends no script element here.
		if want := "prefix" + strings.ReplaceAll(string(row.Body), "</", `<\/`); string(got) != want {
			t.Errorf("%s: got %q, want %q", row.Name, got, want)
		}
	}
}

func TestJSONPInvalidUTF8(t *testing.T) {
	if got := string(eio.AppendJSONP(nil, "", []byte("a\xff\xe2\x80b"))); got != `___eio[]("a`+"\ufffd\ufffd\ufffd"+`b");` {
		t.Errorf("got %q", got)
	}
}

// strictForms are bodies that the reference ignores or repairs, and what is wrong with them.
var strictForms = map[string]error{"": eio.ErrForm, "x=4": eio.ErrForm, "d=4&d=5": eio.ErrForm, "d=4%c3": eio.ErrUTF8}

func TestFormsAreTheReference(t *testing.T) {
	for _, row := range load(t).Forms {
		got, err := eio.DecodeJSONPForm([]byte(row.Body))
		if want, strict := strictForms[row.Body]; strict || row.Payload == nil {
			if !strict || !errors.Is(err, want) {
				t.Errorf("%q: got %q, %v, want %v", row.Body, got, err, want)
			}
			continue
		}
		if err != nil || string(got) != string(*row.Payload) {
			t.Errorf("%q: got %q, %v, want %q", row.Body, got, err, *row.Payload)
		}
	}
}

func TestFormLeavesBody(t *testing.T) {
	body := []byte(`d=4a%5Cnb+c\n`)
	if _, err := eio.DecodeJSONPForm(body); err != nil || string(body) != `d=4a%5Cnb+c\n` {
		t.Errorf("body is %q, %v", body, err)
	}
}

func TestOpenIsTheReference(t *testing.T) {
	for _, row := range load(t).Opens {
		rev := eio.V4
		if strings.HasPrefix(row.Query, "EIO=3") {
			rev = eio.V3
		}
		open := eio.OpenData{SID: "the-id", PingInterval: row.PingInterval, PingTimeout: row.PingTimeout, MaxPayload: row.MaxHTTPBufferSize}
		if row.Upgrade {
			open.Upgrades = []string{"websocket"}
		}
		p := eio.Packet{Type: eio.Open, Data: eio.AppendOpen(nil, open)}
		_, index, jsonp := strings.Cut(row.Query, "&j=")
		got, _ := eio.AppendPayload(nil, rev, []eio.Packet{p}, jsonp)
		if jsonp {
			got = eio.AppendJSONP(nil, index, got)
		}
		if string(got) != row.Body {
			t.Errorf("%s: got %s, want %s", row.Query, got, row.Body)
		}
	}
}

func TestOpenEscapes(t *testing.T) {
	got := eio.AppendOpen(nil, eio.OpenData{SID: "a\"\\\n\x01\u2028/", Upgrades: []string{"x", "y"}})
	want := `{"sid":"a\"\\\n\u0001` + "\u2028" + `/","upgrades":["x","y"],"pingInterval":0,"pingTimeout":0,"maxPayload":0}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
