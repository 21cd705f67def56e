package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"path"
	"sync"

	"github.com/valyala/fasthttp"
)

//go:embed page
var files embed.FS

// The page may load nothing from anywhere else, and run nothing that is not in
// its files.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file as it is sent.
type asset struct {
	kind          string
	body          []byte
	zipped        func() []byte
	tag, taggedGz string
}

// assets are the page's files by their paths: index.html is /, the others are
// beside it.
func assets(o Options) map[string]*asset {
	entries, err := files.ReadDir("page")
	if err != nil {
		panic(err) // it is in the binary
	}
	all := make(map[string]*asset, len(entries))
	for _, e := range entries {
		body, err := files.ReadFile("page/" + e.Name())
		if err != nil {
			panic(err) // likewise
		}
		name := "/" + e.Name()
		if name == "/index.html" {
			name = "/"
			body = bytes.ReplaceAll(body, []byte("{{path}}"), []byte(html.EscapeString(o.Path)))
			body = bytes.ReplaceAll(body, []byte("{{version}}"), []byte(html.EscapeString(o.Version)))
		}
		all[name] = newAsset(path.Ext(e.Name()), body)
	}
	return all
}

func newAsset(extension string, body []byte) *asset {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return &asset{
		kind: mediaType(extension), body: body, tag: `"` + tag + `"`, taggedGz: `"` + tag + `-gzip"`,
		// Compressing takes a megabyte, and most workers are never asked.
		zipped: sync.OnceValue(func() []byte { return zip(body) }),
	}
}

func zip(body []byte) []byte {
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // a level that there is
	_, _ = z.Write(body)                                       // memory takes all
	_ = z.Close()
	return zipped.Bytes()
}

// mediaType does not ask the system's table, which may say anything.
func mediaType(extension string) string {
	switch extension {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Page serves the demo's page at /, and what it is made of; 404 elsewhere.
func (d *Demo) Page(ctx *fasthttp.RequestCtx) {
	a := d.assets[string(ctx.Path())]
	if a == nil {
		ctx.Error("Not Found", fasthttp.StatusNotFound)
		return
	}
	h := &ctx.Response.Header
	if !ctx.IsGet() && !ctx.IsHead() {
		ctx.Error("Method Not Allowed", fasthttp.StatusMethodNotAllowed)
		h.Set("Allow", "GET, HEAD")
		return
	}
	body, tag := a.body, a.tag
	if ctx.Request.Header.HasAcceptEncoding("gzip") {
		body, tag = a.zipped(), a.taggedGz
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if bytes.Contains(ctx.Request.Header.Peek("If-None-Match"), []byte(tag)) {
		h.Del("Content-Encoding")
		ctx.SetStatusCode(fasthttp.StatusNotModified)
		return
	}
	ctx.SetContentType(a.kind)
	ctx.SetBody(body)
}
