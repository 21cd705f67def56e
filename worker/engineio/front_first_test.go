package engineio_test

import (
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// TestFirst answers before the server and the fallback do; below the server's
// path with its CORS headers.
func TestFirst(t *testing.T) {
	e := start(t, origins(false, "https://app.test"), func(s *setup) {
		s.first = func(ctx *fasthttp.RequestCtx) bool {
			if !strings.HasSuffix(string(ctx.Path()), ".js") {
				return false
			}
			ctx.SetBodyString("first")
			return true
		}
		s.fallback = func(ctx *fasthttp.RequestCtx) { ctx.SetBodyString("last") }
	})
	w := dial(t, e.addr)
	for _, c := range []struct{ path, body, allowed string }{
		{"/engine.io/client.js?EIO=4&transport=polling", "first", "https://app.test"},
		{"/other/client.js", "first", ""},
		{"/other", "last", ""},
	} {
		w.write("GET " + c.path + " HTTP/1.1\r\nHost: host.test\r\nOrigin: https://app.test\r\n\r\n")
		status, body, h := w.answer()
		if got := h.Get("Access-Control-Allow-Origin"); status != 200 || body != c.body || got != c.allowed {
			t.Errorf("%s: %d %q, allowed %q", c.path, status, body, got)
		}
	}
	e.polling(t, "EIO=4") // the server has its own
}
