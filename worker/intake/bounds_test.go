package intake_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Commands that are being answered are bounded; one more is refused, and others
// go on. The end does not wait for clients.
func TestTooManyAnswers(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	c := w.client("")
	const most = 256
	answers, err := a.SubscribeSync("_INBOX.answers")
	if err != nil {
		t.Fatal(err)
	}
	for range most + 1 {
		if err := a.PublishRequest(prefix+"emit._", "_INBOX.answers", []byte(`{"event":"q","ack":{"timeoutMs":60000}}`)); err != nil {
			t.Fatal(err)
		}
	}
	next := func() string {
		t.Helper()
		m, err := answers.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		return string(m.Data)
	}
	if got := next(); !strings.Contains(got, contract.TooManyRequests) {
		t.Errorf("%s", got)
	}
	for range most {
		c.Next() // silent
	}
	a.tell("emit._", `{"event":"m"}`)
	c.Hears(`42["m"]`)
	// What every worker does by itself is not called refused.
	if got := a.ask("emit._", `{"event":"n"}`); got != `{"ok":true}` {
		t.Errorf("%s", got)
	}
	c.Hears(`42["n"]`)
	a.refused("join._", `{"join":["r"]}`, contract.Unanswered)
	a.tell("emit._.r", `{"event":"o"}`)
	c.Hears(`42["o"]`)
	a.refused("sockets._", `{}`, contract.TooManyRequests)
	if s := w.intake.Stats(); s.Overflows != 3 || s.Answered != 4 {
		t.Errorf("%+v", s)
	}
	closed := make(chan error, 1)
	go func() { closed <- w.intake.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("waits for clients")
	}
	for range most {
		if got := next(); !strings.Contains(got, `"missing":["`+c.ID+`"]`) {
			t.Fatalf("%s", got)
		}
	}
}

// What does not fit into a message of NATS is told page by page.
func TestLargeAnswers(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	large := strings.Repeat("x", 400_000)
	for range 4 {
		c := w.client("")
		for _, s := range w.io.Of("/").Sockets() {
			if s.ID() == c.ID {
				if err := s.SetData(large); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	seen, pages, after := 0, 0, ""
	for {
		got := a.ask("sockets._", `{"after":"`+after+`"}`)
		seen += strings.Count(got, `"home"`)
		pages++
		_, rest, _ := strings.Cut(got, `"next":"`)
		if after, _, _ = strings.Cut(rest, `"`); after == "" {
			break
		}
	}
	if seen != 4 || pages != 2 {
		t.Errorf("%d sockets on %d pages", seen, pages)
	}
	for _, s := range w.io.Of("/").Sockets() {
		if err := s.SetData(strings.Repeat("x", 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	a.refused("sockets._", `{}`, contract.TooLarge)
}

// Many publishers at once keep each its own order.
func TestManyPublishers(t *testing.T) {
	b := begin(t)
	all := b.workers(2)
	clients := []*client{all[0].client(""), all[1].client("")}
	const publishers, each = 8, 200
	for p := range publishers {
		a := b.app()
		go func() {
			for i := range each {
				_ = a.Publish(prefix+"emit._", fmt.Appendf(nil, `{"event":"m","args":[%d,%d]}`, p, i))
			}
			_ = a.Flush()
		}()
	}
	for _, c := range clients {
		next := make([]int, publishers)
		for range publishers * each {
			got := c.Next()
			p := int(got[len(`42["m",`)] - '0')
			if want := fmt.Sprintf(`42["m",%d,%d]`, p, next[p]); got != want {
				t.Fatalf("heard %s, want %s", got, want)
			}
			next[p]++
		}
	}
}

// Pages of rooms end, whatever bytes the application has put into names.
func TestRoomsOfAnyBytes(t *testing.T) {
	b := begin(t)
	w := b.worker(0, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { _ = s.Join("\xff", "\xfe", "a\xc3", "z") })
	})
	a := b.app()
	w.client("").Join("behind")
	var seen []string
	for after := ""; len(seen) < 10; {
		var page contract.RoomsPage
		body, err := json.Marshal(map[string]any{"limit": 1, "after": after})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(a.ask("rooms._", string(body))), &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rooms {
			seen = append(seen, r.Room)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if want := []string{"a\uFFFD", "behind", "z", "\uFFFD"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}
