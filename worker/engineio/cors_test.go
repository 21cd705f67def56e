package engineio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func origins(credentials bool, list ...string) func(*setup) {
	return options(func(o *engineio.Options) { o.CORS = engineio.CORS{Origins: list, Credentials: credentials} })
}

// TestOrigins has each origin try both transports. Requests go to host.test.
func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		name     string
		list     []string
		admitted []string // "" is a request without the header
		refused  []string
	}{
		{"none listed", nil,
			[]string{"", "http://host.test", "https://host.test", "http://host.test:8080", "https://HOST.test:1"},
			[]string{"http://evil.test", "null", "*", "http://host.test.evil", "http://evil.host.test", "http://host.testevil", "http://host@evil.test",
				"http://host.test@evil.test", "http://evil.test@host.test", "http://evil.test:80@host.test", "http://evil.test/host.test",
				"http://evil.test#host.test", "http://evil.test?host.test", "http://host.test/", "http://host.test?", "http://host.test#", "http://host.test:80:80",
				"http://host.test:x", "http://host.test:80/evil", "file://host.test", "ftp://host.test", "host.test", "//host.test", "http:host.test", "http:///host.test",
				"http://", "http://:80", "http://host%2etest", "http://[host.test]", "chrome-extension://host.test", "http://host.test, http://evil.test",
				"http://host.test http://evil.test", "http://host.test\x7f", "undefined", "data:host.test", "javascript:host.test"}},
		{"listed", []string{"https://app.test", "http://app.test:8080"},
			[]string{"", "https://app.test", "http://app.test:8080", "http://host.test:3000"},
			[]string{"http://app.test", "https://app.test:8080", "https://app.test.evil", "https://www.app.test", "https://APP.test", "https://app.test/", "null"}},
		{"null listed", []string{"null"}, []string{"", "null", "http://host.test"}, []string{"http://evil.test", "NULL", "null.evil", "file://"}},
		{"all", []string{"*"}, []string{"", "null", "http://evil.test", "anything"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, origins(false, c.list...))
			for _, o := range c.admitted {
				if status := tryOrigin(t, e, o, "polling"); status != 200 {
					t.Errorf("%q: polling answered %d", o, status)
				}
				if status := tryOrigin(t, e, o, "websocket"); status != 101 {
					t.Errorf("%q: websocket answered %d", o, status)
				}
			}
			for _, o := range c.refused {
				for _, transport := range []string{"polling", "websocket"} {
					if status := tryOrigin(t, e, o, transport); status != 403 && status != 400 {
						t.Errorf("%q: %s answered %d", o, transport, status)
					}
				}
			}
		})
	}
}

func tryOrigin(t *testing.T, e *engine, origin, transport string) (status int) {
	t.Helper()
	w := dial(t, e.addr)
	defer w.Close()
	var lines []string
	if origin != "" {
		lines = append(lines, "Origin: "+origin)
	}
	if transport == "websocket" {
		lines = append(lines, upgradeLines...)
	}
	w.get("EIO=4&transport="+transport, lines...)
	status, _, _ = w.answer()
	return status
}

// TestOriginOfEveryRequest: a page that may not connect cannot use a session
// that it knows of either.
func TestOriginOfEveryRequest(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.send.get(p.q, "Origin: http://evil.test")
	p.send.expect(403, forbidden)
	p.send.post(p.q, "4a", "Origin: http://evil.test")
	p.send.expect(403, forbidden)
	u := dial(t, e.addr)
	u.get(strings.Replace(p.q, "polling", "websocket", 1), append(upgradeLines, "Origin: http://evil.test")...)
	u.expect(403, forbidden)
	u.ends()
	p.post("4b")
	p.poll.get(p.q)
	p.poll.expect(200, "4b")
}

// TestScriptsOfOtherPages: a page may have a script element of any server, for
// which browsers send no Origin, and reads what JSONP answers to it.
func TestScriptsOfOtherPages(t *testing.T) {
	cross := "Sec-Fetch-Site: cross-site"
	e := start(t, origins(false, "https://app.test"))
	for _, c := range []struct {
		name  string
		lines []string
		want  int
	}{
		{"no browser", nil, 200},
		{"own page", []string{"Referer: http://host.test/chat?room=1"}, 200},
		{"own page that hides", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"own page, whatever Host a proxy made", []string{"Sec-Fetch-Site: same-origin", "Referer: https://public.test/"}, 200},
		{"typed in", []string{"Sec-Fetch-Site: none"}, 200},
		{"listed", []string{cross, "Referer: https://app.test/"}, 200},
		{"other", []string{cross, "Referer: http://evil.test/host.test"}, 403},
		{"other, of an old browser", []string{"Referer: http://evil.test/"}, 403},
		{"other that hides", []string{cross}, 403},
		{"neighbour that hides", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"no URL", []string{cross, "Referer: https://app.test:x"}, 403},
		{"no host", []string{"Referer: about:client"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, query := range []string{"EIO=3&transport=polling&j=0", "EIO=4&transport=polling&j=0"} {
				w := dial(t, e.addr)
				w.get(query, c.lines...)
				if status, body, _ := w.answer(); status != c.want {
					t.Errorf("%s: %d %s", query, status, body)
				}
			}
			w := dial(t, e.addr)
			w.get(pollingOpens, c.lines...) // nothing that a script could read
			if status, body, _ := w.answer(); status != 200 {
				t.Errorf("without JSONP: %d %s", status, body)
			}
		})
	}
	open := e.polling(t, "EIO=4&j=0")
	open.send.post(open.q, "d=4a") // from then on the loop has the connection
	open.send.expect(200, "ok")
	open.send.get(open.q, cross, "Referer: http://evil.test/")
	open.send.expect(403, forbidden)
	open.poll.get(open.q, cross, "Referer: https://app.test/")
	open.poll.expect(200, `___eio[0]("4a");`)
}

// TestHostTricks: a Host header that is no host makes nothing the same.
func TestHostTricks(t *testing.T) {
	e := start(t)
	for _, c := range []struct{ host, origin string }{
		{"", "http://"}, {"evil@host.test", "http://host.test"}, {"host.test/", "http://host.test"}, {"a b", "http://a b"}, {":80", "http://:80"},
		{"host.test:80:80", "http://host.test"}, {"[::1", "http://[::1]"},
	} {
		w := dial(t, e.addr)
		w.write("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: " + c.host + "\r\nOrigin: " + c.origin + "\r\n\r\n")
		if status, _, _ := w.answer(); status != 403 && status != 400 {
			t.Errorf("%q: %d", c, status)
		}
	}
	w := dial(t, e.addr)
	w.write("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: [::1]:3000\r\nOrigin: http://[::1]:8080\r\n\r\n")
	if status, _, _ := w.answer(); status != 200 {
		t.Errorf("IPv6: %d", status)
	}
}

// TestCORSHeaders are what the cors package of Node answers.
func TestCORSHeaders(t *testing.T) {
	for _, c := range []struct {
		name        string
		list        []string
		credentials bool
		origin      string
		allow, vary string
		with        string
	}{
		{"none listed", nil, true, "http://host.test:1", "", "", ""},
		{"listed", []string{"https://a.test", "https://b.test"}, false, "https://a.test", "https://a.test", "Origin", ""},
		{"credentials", []string{"https://a.test"}, true, "https://a.test", "https://a.test", "Origin", "true"},
		{"same host", []string{"https://a.test"}, true, "http://host.test:1", "", "Origin", ""},
		{"no origin", []string{"https://a.test"}, true, "", "", "Origin", ""},
		{"other", []string{"https://a.test"}, true, "https://c.test", "", "Origin", ""},
		{"all", []string{"*"}, false, "https://a.test", "*", "", ""},
		{"all, credentials", []string{"*"}, true, "https://a.test", "*", "", "true"}, // browsers then keep them back
		{"all and one", []string{"*", "https://a.test"}, true, "https://a.test", "https://a.test", "Origin", "true"},
		{"all and another", []string{"*", "https://a.test"}, true, "https://b.test", "*", "Origin", "true"},
		{"an origin of *", []string{"*"}, true, "*", "*", "", "true"},
		{"null", []string{"null"}, true, "null", "null", "Origin", "true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, origins(c.credentials, c.list...))
			lines := []string{"Origin: " + c.origin}
			if c.origin == "" {
				lines = nil
			}
			check := func(transport string, status int, h map[string][]string) {
				t.Helper()
				for name, want := range map[string]string{
					"Access-Control-Allow-Origin": c.allow, "Vary": c.vary, "Access-Control-Allow-Credentials": c.with,
				} {
					if got := strings.Join(h[name], ","); got != want {
						t.Errorf("%s %d: %s: %q, want %q", transport, status, name, got, want)
					}
				}
			}
			w := dial(t, e.addr)
			w.get("EIO=4&transport=polling", lines...)
			status, _, h := w.answer()
			check("polling", status, h)
			w.get("EIO=4&transport=foo", lines...)
			status, _, h = w.answer()
			check("refused", status, h)
			w = dial(t, e.addr)
			w.get("EIO=4&transport=websocket", append(lines, upgradeLines...)...)
			status, _, h = w.answer()
			check("websocket", status, h)
		})
	}
}

func TestPreflight(t *testing.T) {
	asks := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-one,content-type"}
	e := start(t, origins(true, "https://a.test"))
	w := dial(t, e.addr)
	w.request("OPTIONS", "EIO=4&transport=polling", "", append(asks, "Origin: https://a.test")...)
	h := w.expect(204, "")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":      "https://a.test",
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods":     "GET,HEAD,PUT,PATCH,POST,DELETE",
		"Access-Control-Allow-Headers":     "x-one,content-type",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	w.request("OPTIONS", "EIO=4&transport=polling", "", append(asks, "Origin: https://b.test")...)
	w.expect(403, forbidden)
	w.request("OPTIONS", "EIO=4&transport=polling", "", "Origin: https://a.test") // no preflight
	w.expect(400, badMethod)
}
