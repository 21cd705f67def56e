package eio_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/eio"
)

func revision(v4 bool) eio.Revision {
	if v4 {
		return eio.V4
	}
	return eio.V3
}

func FuzzParse(f *testing.F) {
	for _, row := range load(f).Packets {
		f.Add(row.Rev == eio.V4, []byte(row.Body))
		f.Add(row.Rev == eio.V4, []byte(row.Base64))
	}
	f.Fuzz(func(t *testing.T, v4 bool, b []byte) {
		rev := revision(v4)
		if p, err := eio.ParseText(rev, b); err == nil {
			back, err := eio.ParseText(rev, eio.AppendText(nil, rev, p))
			if err != nil || !same(back, p) {
				t.Fatalf("text %v came back as %v, %v", p, back, err)
			}
		}
		if p, err := eio.ParseBinary(rev, b); err == nil {
			if back := eio.AppendBinary(nil, rev, p); !bytes.Equal(back, b) {
				t.Fatalf("binary %q came back as %q", b, back)
			}
		}
	})
}

// What decodes encodes to something that decodes to the same.
func FuzzDecodePayload(f *testing.F) {
	v := load(f)
	for _, row := range v.Payloads {
		f.Add(row.Rev == eio.V4, row.Octet, []byte(row.Body))
	}
	for _, row := range v.Bodies {
		f.Add(row.Rev == eio.V4, row.Octet, []byte(row.Body))
	}
	f.Fuzz(func(t *testing.T, v4, octet bool, body []byte) {
		rev := revision(v4)
		before := bytes.Clone(body)
		packets, err := collect(rev, body, octet, 100)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was modified")
		}
		if len(packets) > 100 || len(packets) > len(body) {
			t.Fatalf("%d packets of %d bytes", len(packets), len(body))
		}
		if err != nil || len(packets) == 0 {
			return
		}
		for _, b64 := range []bool{false, true} {
			encoded, octet := eio.AppendPayload(nil, rev, packets, b64)
			back, err := collect(rev, encoded, octet, 100)
			if err != nil || !sameAll(back, packets) {
				t.Fatalf("%v came back as %v, %v", packets, back, err)
			}
		}
	})
}

func FuzzDecodeJSONPForm(f *testing.F) {
	for _, row := range load(f).Forms {
		f.Add([]byte(row.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		payload, err := eio.DecodeJSONPForm(body)
		if err == nil && (!utf8.Valid(payload) || len(payload) > len(body)) {
			t.Fatalf("%q gives %q", body, payload)
		}
	})
}

// A JSONP answer means its payload, and holds nothing that a script or a page takes for something else.
func FuzzAppendJSONP(f *testing.F) {
	for _, row := range load(f).JSONP {
		f.Add(row.Index, []byte(row.Payload))
	}
	f.Fuzz(func(t *testing.T, index string, payload []byte) {
		out := string(eio.AppendJSONP(nil, index, payload))
		call, literal, ok := strings.Cut(out, "](")
		if !ok || strings.Trim(strings.TrimPrefix(call, "___eio["), "0123456789") != "" {
			t.Fatalf("call of %q", call)
		}
		literal, ok = strings.CutSuffix(literal, ");")
		if !ok || strings.ContainsAny(literal, "\u2028\u2029\n\r") || strings.Contains(literal, "</") {
			t.Fatalf("literal %q", literal)
		}
		var got string
		if err := json.Unmarshal([]byte(literal), &got); err != nil || got != string(runes(payload)) {
			t.Fatalf("%q says %q, %v", literal, got, err)
		}
	})
}

// runes replaces each invalid byte by U+FFFD.
func runes(b []byte) []byte {
	var out []byte
	for _, r := range string(b) {
		out = utf8.AppendRune(out, r)
	}
	return out
}
