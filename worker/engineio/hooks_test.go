package engineio_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

func TestAllowRequest(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) {
		o.AllowRequest = func(r *engineio.Request) error {
			switch token := r.Query().Get("token"); token {
			case "good":
				return nil
			case "empty":
				return errors.New("")
			default:
				return fmt.Errorf("%s <is> no \"token\" & neither a ticket", token)
			}
		}
	}))
	w := dial(t, e.addr)
	for _, revision := range []string{"EIO=4", "EIO=3"} {
		w.get("transport=polling&token=bad&" + revision)
		w.expect(403, `{"code":4,"message":"bad <is> no \"token\" & neither a ticket"}`)
		w.get("transport=polling&token=empty&" + revision)
		w.expect(403, forbidden)
		u := dial(t, e.addr)
		u.get("transport=websocket&token=bad&"+revision, upgradeLines...)
		u.expect(400, `bad <is> no "token" & neither a ticket`) // the reference's status
		u.ends()
		sid := w.handshake("token=good&" + revision)
		e.session(t)
		w.post("transport=polling&sid="+sid+"&"+revision, map[string]string{"EIO=4": "4a", "EIO=3": "2:4a"}[revision]) // handshakes only
		w.expect(200, "ok")
		s := e.openSocket(t, "token=good&"+revision)
		s.text("4a")
		s.expect("4a")
	}
	if st := e.server.Stats(); st.Refused[engineio.Forbidden] != 6 {
		t.Errorf("stats %+v", st)
	}
}

// TestBlockingHooks: one that waits holds up its own client only.
func TestBlockingHooks(t *testing.T) {
	release := make(chan struct{})
	block := func(r *engineio.Request) {
		if r.Query().Has("slow") {
			<-release
		}
	}
	e := start(t, options(func(o *engineio.Options) {
		o.AllowRequest = func(r *engineio.Request) error { block(r); return nil }
		o.InitialHeaders = func(_ *engineio.HeaderLines, r *engineio.Request) { block(r) }
		o.Headers = func(_ *engineio.HeaderLines, r *engineio.Request) { block(r) }
		o.ConnectionError = func(r *engineio.Request, _ *engineio.RequestError) { block(r) }
		id := 0
		var mu sync.Mutex
		o.GenerateID = func(r *engineio.Request) (string, error) {
			block(r)
			mu.Lock()
			defer mu.Unlock()
			id++
			return fmt.Sprint(id), nil
		}
	}))
	slow, refused, upgrade := dial(t, e.addr), dial(t, e.addr), dial(t, e.addr)
	slow.get("EIO=4&transport=polling&slow=1")
	refused.get("EIO=4&transport=foo&slow=1")
	upgrade.get("EIO=4&transport=websocket&slow=1", upgradeLines...)
	for range 3 {
		dial(t, e.addr).handshake("EIO=4")
	}
	gone := dial(t, e.addr) // who does not wait leaves nothing behind
	gone.get("EIO=4&transport=websocket&slow=1", upgradeLines...)
	reset(t, gone.Conn)
	close(release)
	refused.expect(400, unknownTransport)
	upgrade.expectUpgrade()
	if status, _, _ := slow.answer(); status != 200 {
		t.Error(status)
	}
}

// TestHeaderHooks: the first answer of a session has both, every other one has
// Headers'.
func TestHeaderHooks(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) {
		o.InitialHeaders = func(h *engineio.HeaderLines, r *engineio.Request) {
			h.Add("X-Initial", r.Query().Get("EIO"))
			h.Add("Set-Cookie", "a=1")
			h.Add("Set-Cookie", "b=2")
		}
		o.Headers = func(h *engineio.HeaderLines, r *engineio.Request) {
			h.Add("X-Every", r.Method+"\r\nX-Evil: 1")
		}
	}))
	check := func(h map[string][]string, initial, every string) {
		t.Helper()
		if got := strings.Join(h["X-Initial"], ","); got != initial {
			t.Errorf("initial %q, want %q", got, initial)
		}
		if got := strings.Join(h["X-Every"], ","); got != every {
			t.Errorf("every %q, want %q", got, every)
		}
		if cookies := strings.Join(h["Set-Cookie"], ","); (cookies == "a=1,b=2") != (initial != "") || len(h["X-Evil"]) > 0 {
			t.Errorf("headers %v", h)
		}
	}
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling")
	_, body, h := w.answer()
	check(h, "4", "GETX-Evil: 1")
	q := "EIO=4&transport=polling&sid=" + parseOpen(t, body).SID
	w.get(q)
	e.awaitHeld(t, 1)
	session := e.session(t)
	e.on(t, func() { session.Send(messages("a")...) })
	check(w.expect(200, "4a"), "", "GETX-Evil: 1")
	w.post(q, "4b")
	check(w.expect(200, "ok"), "", "POSTX-Evil: 1")
	u := dial(t, e.addr)
	u.get("EIO=4&transport=websocket", upgradeLines...)
	check(u.expectUpgrade(), "4", "GETX-Evil: 1")
	u = dial(t, e.addr)
	u.get(strings.Replace(q, "polling", "websocket", 1), upgradeLines...)
	check(u.expectUpgrade(), "", "GETX-Evil: 1")
}

func TestConnectionError(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	e := start(t, origins(false, "https://a.test"), options(func(o *engineio.Options) {
		o.ConnectionError = func(r *engineio.Request, err *engineio.RequestError) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, fmt.Sprintf("%s %d %s", r.Query().Get("n"), err.Code, err.Message))
			if !strings.Contains(err.Error(), err.Message) {
				t.Error(err.Error())
			}
		}
	}))
	p := e.polling(t, "EIO=4")
	w := dial(t, e.addr)
	w.get("n=1&transport=foo")
	w.answer()
	w.get("n=2&transport=polling&sid=x")
	w.answer()
	w.post("n=3&transport=polling", "")
	w.answer()
	w.get("n=4&transport=websocket")
	w.answer()
	w.get("n=5&transport=polling", "Origin: http://evil.test")
	w.answer()
	w.get("n=6&EIO=3&transport=polling&sid=" + p.sid)
	w.answer()
	for n, q := range []string{"transport=foo", "transport=websocket&sid=x"} {
		u := dial(t, e.addr)
		u.get(fmt.Sprintf("n=%d&%s", 7+n, q), upgradeLines...)
		u.answer()
	}
	u := dial(t, e.addr)
	u.get("n=9&transport=websocket&EIO=4", upgradeLines[:3]...)
	u.answer()
	mu.Lock()
	defer mu.Unlock()
	want := []string{"1 0 Transport unknown", "2 1 Session ID unknown", "3 2 Bad handshake method", "4 3 Bad request", "5 4 Forbidden", "6 3 Bad request",
		"7 0 Transport unknown", "8 1 Session ID unknown", "9 3 Missing or invalid Sec-WebSocket-Key header"}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
}

func TestGenerateID(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) {
		o.Cookie.Name = "io"
		o.GenerateID = func(r *engineio.Request) (string, error) {
			if r.Query().Has("fail") {
				return "", errors.New("no more ids")
			}
			return r.Query().Get("id"), nil
		}
	}))
	w := dial(t, e.addr)
	for _, q := range []string{"fail=1", "id=", "id=a%22b", "id=a%0d%0ab", "id=%C3%A4", "id=a+b", "id=a/b", "id=a%00"} {
		w.get("EIO=4&transport=polling&" + q)
		w.expect(400, badRequest)
		u := dial(t, e.addr)
		u.get("EIO=4&transport=websocket&"+q, upgradeLines...)
		u.expect(400, "Bad request")
		u.ends()
	}
	if sid := w.handshake("EIO=4&id=The_same-1"); sid != "The_same-1" {
		t.Error(sid)
	}
	e.session(t)
	w.get("EIO=4&transport=polling&id=The_same-1")
	if h := w.expect(503, ""); h.Get("Set-Cookie") != "" {
		t.Error("another session's id given away")
	}
	u := dial(t, e.addr)
	u.get("EIO=4&transport=websocket&id=The_same-1", upgradeLines...)
	u.expectUpgrade()
	u.ends()
	q := "EIO=4&transport=polling&sid=The_same-1" // the first is unharmed
	w.post(q, "4a")
	w.expect(200, "ok")
	w.get(q)
	w.expect(200, "4a")
	w.post(q, "1")
	w.expect(200, "ok")
	w.handshake("EIO=4&id=The_same-1") // and gone, it is free
}

// TestSetHooks: on a server that others made.
func TestSetHooks(t *testing.T) {
	refused := make(chan int, 1)
	e := start(t, func(s *setup) {
		s.server = func(s *engineio.Server) {
			s.SetHooks(engineio.Hooks{
				AllowRequest: func(r *engineio.Request) error {
					if r.Query().Has("stranger") {
						return errors.New("who are you?")
					}
					return nil
				},
				InitialHeaders:  func(h *engineio.HeaderLines, _ *engineio.Request) { h.Add("X-First", "1") },
				Headers:         func(h *engineio.HeaderLines, _ *engineio.Request) { h.Add("X-Each", "2") },
				ConnectionError: func(_ *engineio.Request, err *engineio.RequestError) { refused <- err.Code },
			})
		}
	})
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling&stranger=1")
	w.expect(403, `{"code":4,"message":"who are you?"}`)
	if code := <-refused; code != engineio.Forbidden {
		t.Errorf("code %d", code)
	}
	w.get("EIO=4&transport=polling")
	if _, _, h := w.answer(); h.Get("X-First") != "1" || h.Get("X-Each") != "2" {
		t.Errorf("headers %v", h)
	}
}
