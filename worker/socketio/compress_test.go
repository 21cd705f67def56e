package socketio_test

import (
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// An answer to a poll is compressed unless nothing in it is worth it, wherever
// it was sent.
func TestCompress(t *testing.T) {
	long := strings.Repeat("x", 2000)
	nodes := cluster(t, 2, nil)
	p := poll(t, nodes[1].addr, 4)
	p.post("40")
	p.get()
	ns, far := nodes[1].Of("/"), nodes[0].Of("/")
	one := ns.Sockets()[0]
	for name, tt := range map[string]struct {
		send       func()
		compressed bool
	}{
		"by default":       {func() { _ = one.Emit("m", long) }, true},
		"wanted":           {func() { _ = ns.Compress(true).Emit("m", long) }, true},
		"a socket":         {func() { _ = one.Compress(false).Emit("m", long) }, false},
		"all":              {func() { _ = ns.Compress(false).Emit("m", long) }, false},
		"server":           {func() { _ = nodes[1].Compress(false).Emit("m", long) }, false},
		"binary":           {func() { _ = ns.Compress(false).Emit("m", []byte(long)) }, false},
		"one of two":       {func() { _ = ns.Compress(false).Emit("m", long); _ = ns.Emit("m") }, true},
		"of another":       {func() { _ = far.Compress(false).Emit("m", long) }, false},
		"of another, room": {func() { _ = far.To(one.ID()).Compress(false).Emit("m", long) }, false},
	} {
		before := nodes[1].Stats().Deliveries
		tt.send()
		until(t, "it was sent", func() bool { return nodes[1].Stats().Deliveries > before })
		_ = ns.Sockets() // so was the rest
		if got := p.encoding(); (got != "") != tt.compressed {
			t.Errorf("%s: encoding %q", name, got)
		}
	}
}

// encoding polls, and returns the answer's encoding.
func (p *poller) encoding() string {
	p.t.Helper()
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(p.url)
	req.Header.Set("Accept-Encoding", "gzip")
	if err := p.http.DoTimeout(req, resp, patience); err != nil {
		p.t.Fatal(err)
	}
	return string(resp.Header.ContentEncoding())
}
