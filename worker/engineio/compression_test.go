package engineio_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func TestCompression(t *testing.T) {
	long, short := strings.Repeat("x", 1023), strings.Repeat("x", 1022)
	for _, c := range []struct {
		name, query, message, accept, encoding string
		off                                    bool
	}{
		{"gzip", "EIO=4", long, "gzip, deflate, br", "gzip", false},
		{"deflate", "EIO=4", long, "deflate", "deflate", false},
		{"the heavier", "EIO=4", long, "gzip;q=0.5, deflate;q=0.9", "deflate", false},
		{"gzip refused", "EIO=4", long, "gzip;q=0, deflate", "deflate", false},
		{"both refused", "EIO=4", long, "gzip;q=0, deflate;q=0.000, *", "", false},
		{"neither known", "EIO=4", long, "br, zstd", "", false},
		{"not asked for", "EIO=4", long, "", "", false},
		{"under the threshold", "EIO=4", short, "gzip", "", false},
		{"switched off", "EIO=4", long, "gzip", "", true},
		{"JSONP", "EIO=4&j=0", long, "gzip", "gzip", false},
		{"binary", "EIO=3", long, "gzip", "gzip", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, options(func(o *engineio.Options) { o.HTTPCompression = !c.off }))
			p := e.polling(t, c.query)
			var lines []string
			if c.accept != "" {
				lines = []string{"Accept-Encoding: " + c.accept}
			}
			m := engineio.NewText([]byte(c.message))
			if c.name == "binary" {
				m = engineio.NewBinary([]byte(c.message))
			}
			for _, waits := range []bool{false, true} { // a poll that waited is answered elsewhere in the code
				if !waits {
					e.on(t, func() { p.session.Send(m) })
				}
				p.poll.get(p.q, lines...)
				if waits {
					e.awaitHeld(t, 1)
					e.on(t, func() { p.session.Send(m) })
				}
				_, body, h := p.poll.answer()
				if got := h.Get("Content-Encoding"); got != c.encoding {
					t.Fatalf("encoding %q, want %q", got, c.encoding)
				}
				if got := inflate(t, c.encoding, body); !strings.Contains(got, c.message) {
					t.Errorf("body %.40q", got)
				}
			}
		})
	}
}

func inflate(t *testing.T, encoding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader([]byte(body)))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader([]byte(body)))
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAcceptedEncoding(t *testing.T) {
	for header, want := range map[string]string{
		"":                               "",
		"gzip":                           "gzip",
		"GZIP":                           "gzip",
		"x-gzip":                         "gzip",
		"deflate, gzip":                  "gzip",
		" deflate ; q=1 , gzip ; q=0.3 ": "deflate",
		"*":                              "gzip",
		"*;q=0":                          "",
		"gzip;q=0, *":                    "deflate",
		"deflate;q=0, *;q=0.1":           "gzip",
		"identity":                       "",
		"gzip;q=1.1":                     "",
		"gzip;q=-1":                      "",
		"gzip;q=NaN":                     "",
		"gzip;q=":                        "",
		"gzip;level=9":                   "gzip",
		",,;,=;q":                        "",
	} {
		if got := engineio.AcceptedEncoding(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// TestExplorer gets the header that its filter needs.
func TestExplorer(t *testing.T) {
	e := start(t)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Trident/7.0)": "0", "Mozilla/4.0 (compatible;MSIE 8.0)": "0", "Mozilla/5.0 Firefox/150": "",
	} {
		w := dial(t, e.addr)
		w.get("EIO=4&transport=polling", "User-Agent: "+agent)
		if _, _, h := w.answer(); h.Get("X-XSS-Protection") != want {
			t.Errorf("%s: %q", agent, h.Get("X-XSS-Protection"))
		}
	}
}
