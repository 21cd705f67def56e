package engineio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		cookie engineio.Cookie
		want   string // SID stands for the id
	}{
		{engineio.Cookie{}, ""},
		{engineio.Cookie{Name: "io"}, "io=SID; Path=/; HttpOnly; SameSite=Lax"},
		{engineio.Cookie{Name: "x!y", Path: "/chat", Domain: "a.test", SameSite: "None", Secure: true, Script: true},
			"x!y=SID; Domain=a.test; Path=/chat; Secure; SameSite=None"},
	} {
		e := start(t, options(func(o *engineio.Options) { o.Cookie = c.cookie }))
		w := dial(t, e.addr)
		w.get("EIO=4&transport=polling")
		_, body, h := w.answer()
		want := strings.Replace(c.want, "SID", parseOpen(t, body).SID, 1)
		if got := h.Get("Set-Cookie"); got != want {
			t.Errorf("cookie %q, want %q", got, want)
		}
		w.get("EIO=4&transport=polling&sid=" + parseOpen(t, body).SID)
		e.on(t, func() { e.session(t).Send(messages("a")...) })
		if h := w.expect(200, "4a"); h.Get("Set-Cookie") != "" {
			t.Error("a cookie on a poll")
		}
		u := dial(t, e.addr)
		u.get("EIO=4&transport=websocket", upgradeLines...)
		if h := u.expectUpgrade(); h.Get("Set-Cookie") != "" {
			t.Error("a cookie on a WebSocket")
		}
		w.get("EIO=4&transport=foo")
		if h := w.expect(400, unknownTransport); h.Get("Set-Cookie") != "" {
			t.Error("a cookie on a refusal")
		}
	}
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]engineio.Options{
		"cookie name":      {Cookie: engineio.Cookie{Name: "a=b"}},
		"cookie injection": {Cookie: engineio.Cookie{Name: "a\r\nX: y"}},
		"cookie path":      {Cookie: engineio.Cookie{Name: "io", Path: "/; Domain=evil"}},
		"cookie domain":    {Cookie: engineio.Cookie{Name: "io", Domain: "a\r\nX: y"}},
		"SameSite":         {Cookie: engineio.Cookie{Name: "io", SameSite: "lax; Secure"}},
		"path":             {Path: "engine.io"},
		"transport":        {Transports: []string{"polling", "webtransport"}},
		"interval":         {PingInterval: -1},
		"timeout":          {PingTimeout: -1},
		"upgrade timeout":  {UpgradeTimeout: -1},
		"buffer":           {MaxHTTPBufferSize: -1},
		"queue":            {MaxQueueBytes: -1},
	} {
		if _, err := engineio.NewServer(nil, o, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
