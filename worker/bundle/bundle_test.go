package bundle_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ioserver/ioserver/worker/bundle"
	"github.com/valyala/fasthttp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// names are those that socket.io for Node.js serves.
var names = []string{
	"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
	"socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map",
}

// dist is a client of version 1.2.3 in which every file holds its own name.
func dist() fstest.MapFS {
	fsys := fstest.MapFS{"version": {Data: []byte("1.2.3\n")}, "LICENSE": {Data: []byte("the licence")}}
	for _, name := range names {
		for _, form := range []string{"", ".gz", ".br"} {
			fsys[name+form] = &fstest.MapFile{Data: []byte(name + form)}
		}
	}
	return fsys
}

// ask has a handler look at one request. Header lines are "Name: value".
func ask(h func(*fasthttp.RequestCtx) bool, method, uri string, header ...string) (*fasthttp.Response, bool) {
	var ctx fasthttp.RequestCtx
	ctx.Request.Header.SetMethod(method)
	ctx.Request.SetRequestURI(uri)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		ctx.Request.Header.Add(name, value)
	}
	answered := h(&ctx)
	return &ctx.Response, answered
}

func TestFiles(t *testing.T) {
	for _, path := range []string{"/socket.io/", "/socket.io"} {
		h := bundle.New(dist(), path)
		for _, name := range names {
			for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} { // as in Node.js
				r, ok := ask(h, method, "/socket.io/"+name+"?v=1")
				kind := "application/javascript; charset=utf-8"
				if strings.HasSuffix(name, ".map") {
					kind = "application/json; charset=utf-8"
				}
				if !ok || r.StatusCode() != 200 || string(r.Header.ContentType()) != kind || string(r.Body()) != name {
					t.Errorf("%s %s: %v\n%s", method, name, ok, r)
				}
				for header, want := range map[string]string{
					"ETag": `"1.2.3"`, "Cache-Control": "public, max-age=0", "Vary": "Accept-Encoding", "Content-Encoding": "",
				} {
					if got := string(r.Header.Peek(header)); got != want {
						t.Errorf("%s %s: %s: %q", method, name, header, got)
					}
				}
			}
		}
	}
}

// TestLeavesTheRest to the server and what stands behind it.
func TestLeavesTheRest(t *testing.T) {
	for _, h := range []func(*fasthttp.RequestCtx) bool{bundle.New(dist(), "/socket.io/"), bundle.New(fstest.MapFS{}, "/socket.io/")} {
		for _, uri := range []string{
			"/", "/socket.io", "/socket.io/", "/socket.io/?EIO=4&transport=polling", "/socket.io/version", "/socket.io/LICENSE",
			"/socket.io/socket.io.js.gz", "/socket.io/socket.io.js.br", "/socket.io/socket.io.js/", "/socket.io/dist/socket.io.js",
			"/socket.io/../socket.io.js", "/socket.io//socket.io.js", "/socket.io/Socket.io.js", "/socket.io/%73ocket.io.js", "/socket.io.js",
			"/socket.io-socket.io.js", "/other/socket.io.js", "/socket.io/?/socket.io.js", "/socket.io/README.md",
		} {
			if r, ok := ask(h, "GET", uri); ok {
				t.Errorf("%s: %s", uri, r)
			}
		}
		const file = "/socket.io/socket.io.js?EIO=4&transport=websocket"
		if r, ok := ask(h, "GET", file, "Upgrade: websocket", "Connection: keep-alive, Upgrade"); ok {
			t.Errorf("upgrade: %s", r)
		}
		if r, ok := ask(h, "OPTIONS", file, "Origin: https://app.test", "Access-Control-Request-Method: GET"); ok {
			t.Errorf("preflight: %s", r)
		}
	}
}

func TestNotModified(t *testing.T) {
	h := bundle.New(dist(), "/socket.io/")
	for tag, status := range map[string]int{
		`"1.2.3"`: 304, `W/"1.2.3"`: 304, `"1.2.2", W/"1.2.3"`: 304,
		`1.2.3`: 200, `"1.2.2"`: 200, `"1.2.3`: 200, ``: 200, `w/"1.2.3"`: 200,
	} {
		r, _ := ask(h, "GET", "/socket.io/socket.io.js", "If-None-Match: "+tag, "Accept-Encoding: br")
		if r.StatusCode() != status || status == 304 && (len(r.Body()) > 0 || len(r.Header.Peek("Content-Encoding")) > 0) {
			t.Errorf("%s: %d %q", tag, r.StatusCode(), r.Body())
		}
		if string(r.Header.Peek("ETag")) != `"1.2.3"` || string(r.Header.Peek("Vary")) != "Accept-Encoding" {
			t.Errorf("%s: %s", tag, r)
		}
	}
}

func TestEncodings(t *testing.T) {
	h := bundle.New(dist(), "/socket.io/")
	for accept, want := range map[string]string{
		"": "", "br": "br", "gzip": "gzip", "GZIP": "gzip", "x-gzip": "gzip", "*": "br", "deflate": "", "zstd": "",
		"gzip, deflate, br, zstd": "br", "gzip, deflate": "gzip",
		"br;q=0.5, gzip": "gzip", "br;q=0.5, gzip;q=0.5": "br", "br;q=0, *": "gzip", "br ; Q=0.2 , gzip ; q=0.3": "gzip",
		"gzip;q=0": "", "*;q=0": "", "br;q=0, gzip;q=0.001": "gzip", "br;q=0.0001": "",
		"identity": "", "identity, br": "br", "identity, br;q=0.9": "", "identity;q=0.5, gzip;q=0.6, br;q=0.4": "gzip",
		"identity;q=0": "", "identity;q=0, *": "br",
		"br;q=2": "", "br;q=x": "", "br;q=-1": "", "br;q=NaN": "", "br;level=5": "br", ";q=1": "", ",,": "", "br;q=": "",
	} {
		r, _ := ask(h, "GET", "/socket.io/socket.io.js", "Accept-Encoding: "+accept)
		body := "socket.io.js" + map[string]string{"br": ".br", "gzip": ".gz"}[want]
		if got := string(r.Header.Peek("Content-Encoding")); got != want || string(r.Body()) != body {
			t.Errorf("%q: %q %q, want %q", accept, got, r.Body(), want)
		}
	}
	plain := fstest.MapFS{"version": {Data: []byte("1")}, "socket.io.js": {Data: []byte("plain")}}
	if r, _ := ask(bundle.New(plain, "/x/"), "GET", "/x/socket.io.js", "Accept-Encoding: br, gzip"); string(r.Body()) != "plain" {
		t.Errorf("no compressed forms: %s", r)
	}
	if r, _ := ask(bundle.New(plain, "/x/"), "GET", "/x/socket.io.min.js"); r.StatusCode() != 404 {
		t.Errorf("half a client: %s", r)
	}
}

// TestBuiltWithout tells how to build with it.
func TestBuiltWithout(t *testing.T) {
	h := bundle.New(fstest.MapFS{}, "/socket.io/")
	for _, name := range names {
		r, ok := ask(h, "GET", "/socket.io/"+name, `If-None-Match: ""`)
		if !ok || r.StatusCode() != 404 || string(r.Header.ContentType()) != "text/plain; charset=utf-8" ||
			!strings.Contains(string(r.Body()), "run scripts/client.sh and build again") || len(r.Header.Peek("ETag")) > 0 {
			t.Errorf("%s: %v\n%s", name, ok, r)
		}
	}
}

// TestEmbedded looks at what this build has: all of it or nothing.
func TestEmbedded(t *testing.T) {
	h := bundle.Handler("/socket.io/")
	if r, _ := ask(h, "GET", "/socket.io/socket.io.js"); r.StatusCode() == 404 {
		t.Log("built without the browser client")
		return
	}
	for _, name := range names {
		r, _ := ask(h, "GET", "/socket.io/"+name)
		want := bytes.Clone(r.Body())
		if !strings.HasSuffix(name, ".map") && (!bytes.Contains(want[:60], []byte("Socket.IO v")) || !bytes.HasSuffix(bytes.TrimSpace(want), []byte("sourceMappingURL="+name+".map"))) {
			t.Errorf("%s has lost its banner or its map", name)
		}
		for _, encoding := range []string{"br", "gzip"} {
			r, _ = ask(h, "GET", "/socket.io/"+name, "Accept-Encoding: "+encoding)
			if got, err := r.BodyUncompressed(); err != nil || !bytes.Equal(got, want) || string(r.Header.Peek("Content-Encoding")) != encoding {
				t.Errorf("%s: %s holds something else: %v", name, encoding, err)
			}
		}
	}
}

// TestNoCopy: the files stay in the program's pages.
func TestNoCopy(t *testing.T) {
	h := bundle.Handler("/socket.io/")
	const rounds = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var sent int64
	for range rounds {
		r, _ := ask(h, "GET", "/socket.io/socket.io.js.map")
		n, err := io.Copy(io.Discard, struct{ io.Reader }{bodyReader(r)})
		if err != nil {
			t.Fatal(err)
		}
		sent += n
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / rounds; each > 64<<10 {
		t.Errorf("%d bytes allocated for each %d sent", each, sent/rounds)
	}
}

func bodyReader(r *fasthttp.Response) io.Reader {
	if s := r.BodyStream(); s != nil {
		return s
	}
	return bytes.NewReader(r.Body())
}
