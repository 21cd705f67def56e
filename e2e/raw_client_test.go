package e2e

import (
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

// clientFiles are the browser client's builds and their source maps.
var clientFiles = []string{
	"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
	"socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map",
}

const aFile = "socket.io.min.js"

// file asks for a file once with each of the header lines.
func file(name string, headers ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		for _, h := range headers {
			k.Start("GET", name, "", h).AnswerInflated()
		}
	}
}

// TestRawClient asks for the browser client's files.
func TestRawClient(t *testing.T) {
	// What the reference forgets: caches that keep one form would give it to all.
	varies := []difference{{reference: `[etag: "4.8.4"]`, ioserver: `[etag: "4.8.4"] [vary: Accept-Encoding]`,
		why: "caches must not give one who cannot read it the compressed form"}}
	notModified := []difference{{reference: "304", ioserver: `304 [cache-control: public, max-age=0] [etag: "4.8.4"] [vary: Accept-Encoding]`,
		why: "RFC 9110, 15.4.5, asks for what a 200 would have said"}}
	var cases []rawCase
	for _, name := range clientFiles {
		cases = append(cases, rawCase{name: name, talk: file(name, "Accept: */*", "Accept-Encoding: gzip", "Accept-Encoding: br"), differs: varies})
	}
	compare(t, append(cases, []rawCase{
		{name: "query", talk: file(aFile+"?EIO=4&transport=polling", "Accept: */*"), differs: varies},
		{name: "other methods", talk: func(k *raw.Talk) {
			for _, method := range []string{"HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
				k.Do(method, aFile, "")
			}
		}, differs: varies},
		{name: "HEAD, compressed", talk: func(k *raw.Talk) { k.Do("HEAD", aFile, "", "Accept-Encoding: gzip") }, differs: varies},
		{name: "keep-alive", talk: func(k *raw.Talk) {
			c := k.Dial()
			for _, method := range []string{"GET", "HEAD", "GET"} {
				c.Write(raw.Request(method, "/socket.io/"+aFile, "")).Answer()
			}
			c.Write(raw.Request("GET", handshake, "")).Answer()
		}, differs: varies},
		{name: "not modified", talk: file(aFile, `If-None-Match: "4.8.4"`, `If-None-Match: W/"4.8.4"`), differs: notModified},
		{name: "modified", talk: file(aFile, `If-None-Match: "4.8.3"`, `If-None-Match: 4.8.4`, `If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT`), differs: varies},
		{name: "weights", talk: file(aFile, "Accept-Encoding: br;q=0.5, gzip", "Accept-Encoding: gzip;q=0", "Accept-Encoding: *;q=0.5, br;q=0", "Accept-Encoding: identity",
			"Accept-Encoding: zstd", "Accept-Encoding: br, gzip", "Accept-Encoding: *"), differs: varies},
		{name: "weights that are equal", talk: file(aFile, "Accept-Encoding: gzip, deflate, br, zstd"), differs: append(varies[:1:1],
			difference{"[content-encoding: gzip]", "[content-encoding: br]", "it is the smaller one of what is equally welcome"})},
		{name: "deflate", talk: file(aFile, "Accept-Encoding: deflate"), differs: append(varies[:1:1],
			difference{"[content-encoding: deflate] ", "", "the files are stored as they are, and by gzip and brotli"})},
		{name: "no such file", talk: func(k *raw.Talk) {
			for _, name := range []string{"socket.io.slim.js", "LICENSE", "version", "socket.io.js.gz", "../socket.io/socket.io.js", "socket.io.js/"} {
				k.Get(name)
			}
		}},
		{name: "upgrade", talk: func(k *raw.Talk) {
			if c := k.Upgrade(aFile + "?EIO=4&transport=websocket"); c.Status == 101 {
				c.Recv(1)
			}
		}},
		{name: "origin listed", on: twoOrigins, talk: file(aFile, "Origin: http://good.example"), differs: []difference{
			{reference: "[vary: Origin]", ioserver: "[vary: Accept-Encoding, Origin]", why: varies[0].why}}},
		{name: "origin not listed", on: twoOrigins, talk: file(aFile, "Origin: http://evil.example"), differs: []difference{
			{reference: "[vary: Origin]", ioserver: "[vary: Accept-Encoding, Origin]", why: varies[0].why},
			{reference: "[access-control-allow-credentials: true] ", ioserver: "", why: "an origin that is not named gets no word of credentials"}}},
		{name: "any origin", on: anyOrigin, talk: file(aFile, "Origin: http://evil.example"), differs: varies},
	}...))
}
