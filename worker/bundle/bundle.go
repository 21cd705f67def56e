package bundle

import (
	"bytes"
	"embed"
	"io/fs"
	"strings"

	"github.com/valyala/fasthttp"
)

// files holds dist/ where scripts/client.sh made it; its README.md is what
// there is to embed in any case.
//
//go:embed files
var files embed.FS

// names are the files that are served. Nothing else of the folder is.
var names = map[string]string{
	"socket.io.js":                 script,
	"socket.io.js.map":             sourceMap,
	"socket.io.min.js":             script,
	"socket.io.min.js.map":         sourceMap,
	"socket.io.esm.min.js":         script,
	"socket.io.esm.min.js.map":     sourceMap,
	"socket.io.msgpack.min.js":     script,
	"socket.io.msgpack.min.js.map": sourceMap,
}

const (
	script    = "application/javascript; charset=utf-8"
	sourceMap = "application/json; charset=utf-8"
)

const missing = "This ioserver was built without the browser client: run scripts/client.sh and build again.\n"

// Handler serves the embedded builds below the path of a Socket.IO server
// ("/socket.io/"). It reports whether it has answered: false is for every
// request that is the server's, among them upgrades and preflights.
func Handler(path string) func(*fasthttp.RequestCtx) bool {
	dist, err := fs.Sub(files, "files/dist")
	if err != nil {
		panic(err) // the name is valid
	}
	return New(dist, path)
}

// New is Handler for builds that lie elsewhere: at the root of dist, with a file
// "version" and, where they are, compressed forms that end in ".br" and ".gz".
func New(dist fs.FS, path string) func(*fasthttp.RequestCtx) bool {
	s := &served{dist: dist, path: []byte(strings.TrimSuffix(path, "/") + "/")}
	if version, err := fs.ReadFile(dist, "version"); err == nil {
		s.etag = `"` + strings.TrimSpace(string(version)) + `"`
	}
	return s.handle
}

// served is the client below one path.
type served struct {
	dist fs.FS
	path []byte
	etag string // "" where there is no client
}

func (s *served) handle(ctx *fasthttp.RequestCtx) bool {
	rest, below := bytes.CutPrefix(ctx.RequestURI(), s.path)
	name, _, _ := bytes.Cut(rest, []byte("?"))
	kind, ours := names[string(name)]
	if !below || !ours || forTheServer(ctx) {
		return false
	}
	h := &ctx.Response.Header
	if s.etag == "" {
		ctx.SetStatusCode(fasthttp.StatusNotFound)
		ctx.SetContentType("text/plain; charset=utf-8")
		ctx.SetBodyString(missing)
		return true
	}
	h.Add("Vary", "Accept-Encoding")
	if known(ctx.Request.Header.Peek("If-None-Match"), s.etag) {
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		h.Set("ETag", s.etag)
		h.Set("Cache-Control", cache)
		return true
	}
	return s.send(ctx, string(name), kind)
}

// cache lets everybody keep the file, and has them ask each time.
const cache = "public, max-age=0"

func (s *served) send(ctx *fasthttp.RequestCtx, name, kind string) bool {
	file, size, encoding, err := s.open(name, welcome(ctx.Request.Header.Peek("Accept-Encoding")))
	if err != nil {
		ctx.Error("Not Found", fasthttp.StatusNotFound)
		return true
	}
	h := &ctx.Response.Header
	h.SetContentType(kind)
	h.Set("ETag", s.etag)
	h.Set("Cache-Control", cache)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	ctx.SetBodyStream(file, size) // which closes it
	return true
}

// open opens the first form that there is. encoding is "" for the plain one.
func (s *served) open(name string, forms []form) (file fs.File, size int, encoding string, err error) {
	for _, f := range append(forms, form{}) {
		if file, err = s.dist.Open(name + f.suffix); err == nil {
			encoding = f.encoding
			break
		}
	}
	if err != nil {
		return nil, 0, "", err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, 0, "", err
	}
	return file, int(info.Size()), encoding, nil
}

// forTheServer is what Node.js does not give to request handlers, or answers
// before them.
func forTheServer(ctx *fasthttp.RequestCtx) bool {
	h := &ctx.Request.Header
	upgrade := len(h.Peek("Upgrade")) > 0 && h.ConnectionUpgrade()
	preflight := ctx.IsOptions() && len(h.Peek("Access-Control-Request-Method")) > 0
	return upgrade || preflight
}

// known reports whether the list of entity tags has ours.
func known(list []byte, etag string) bool {
	for tag := range bytes.SplitSeq(list, []byte(",")) {
		if string(bytes.TrimPrefix(bytes.TrimSpace(tag), []byte("W/"))) == etag {
			return true
		}
	}
	return false
}
