package demo_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func fetch(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read whole
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(res.Body); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestPage(t *testing.T) {
	base := "http://" + newCluster(t).start(0).addr
	for path, kind := range map[string]string{
		"/":           "text/html; charset=utf-8",
		"/demo.css":   "text/css; charset=utf-8",
		"/demo.js":    "text/javascript; charset=utf-8",
		"/picture.js": "text/javascript; charset=utf-8",
		"/icon.svg":   "image/svg+xml",
	} {
		res, body := fetch(t, "GET", base+path)
		h := res.Header
		if res.StatusCode != 200 || h.Get("Content-Type") != kind || body == "" {
			t.Errorf("%s: %d %v", path, res.StatusCode, h)
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if h.Get("Cache-Control") != "no-cache" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("ETag") == "" {
			t.Errorf("%s: %v", path, h)
		}
		zipped, same := fetch(t, "GET", base+path, "Accept-Encoding", "gzip")
		if zipped.Header.Get("Content-Encoding") != "gzip" || same != body || zipped.Header.Get("ETag") == h.Get("ETag") {
			t.Errorf("%s: compressed: %v", path, zipped.Header)
		}
		if res, body := fetch(t, "GET", base+path, "If-None-Match", h.Get("ETag")); res.StatusCode != 304 || body != "" {
			t.Errorf("%s again: %d %q", path, res.StatusCode, body)
		}
		if res, body := fetch(t, "HEAD", base+path); res.StatusCode != 200 || body != "" {
			t.Errorf("HEAD %s: %d %q", path, res.StatusCode, body)
		}
	}
	for path, want := range map[string]int{"/other": 404, "/index.html": 404, "/page/demo.js": 404, "/../demo.go": 404} {
		if res, _ := fetch(t, "GET", base+path); res.StatusCode != want {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res, _ := fetch(t, "POST", base+"/"); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /: %d %v", res.StatusCode, res.Header)
	}
}

// The page has nothing inline, that its policy would refuse, and nothing of
// another host; and it is told where Socket.IO is.
func TestPageKeepsItsPolicy(t *testing.T) {
	base := "http://" + newCluster(t).start(0).addr
	_, html := fetch(t, "GET", base+"/")
	for _, want := range []string{`<title>ioserver</title>`, `data-path="/socket.io/"`, `v1 &lt;test&gt;`} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
	for _, path := range []string{"/", "/demo.css", "/demo.js", "/bar.js", "/face.js", "/messages.js", "/panel.js", "/picture.js"} {
		_, body := fetch(t, "GET", base+path)
		body = strings.ReplaceAll(body, "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{`https?://`, `<style`, ` style="`, ` on\w+="`, `<script>`, `innerHTML`, `outerHTML`, `insertAdjacentHTML`, `document\.write`, `@import`, `\beval\(`} {
			if found := regexp.MustCompile(bad).FindString(body); found != "" {
				t.Errorf("%s has %q", path, found)
			}
		}
	}
}
