package tail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/tail"
)

// A viewer at any worker sees what the clients of all do, in their order.
func TestView(t *testing.T) {
	b := begin(t)
	all := []*worker{b.worker(t, 0, tail.New), b.worker(t, 1, tail.New), b.worker(t, 2, tail.New)}
	r := all[1].view(tail.Filter{Args: true})
	r.watches(3)
	for _, w := range all {
		c := w.client("/chat,")
		c.Say(`42/chat,7["say",1,{"a":null}]`)
		c.Say(`451-/chat,["b",{"_placeholder":true,"num":0}]`)
		if err := c.Conn.WriteMessage(websocket.BinaryMessage, []byte("x")); err != nil {
			t.Fatal(err)
		}
		c.Say(`42/chat,["long","` + strings.Repeat("x", 5000) + `"]`)
		c.Say(`40/closed,`)
		c.Next()
		c.Say(`40/` + strings.Repeat("n", 2*tail.NameBytes) + `,`)
		c.Next()
		c.Say(`41/chat,`)
		for i, want := range []tail.Record{
			{Kind: tail.Connect, Namespace: "/chat", ID: c.ID},
			{Kind: tail.Event, Namespace: "/chat", ID: c.ID, Event: "say", Args: json.RawMessage(`[1,{"a":null}]`), Bytes: 12, Ack: true},
			{Kind: tail.Event, Namespace: "/chat", ID: c.ID, Event: "b", Args: json.RawMessage(`[{"$binary":"eA=="}]`), Bytes: 30},
			{Kind: tail.Event, Namespace: "/chat", ID: c.ID, Event: "long", Bytes: 5002},
			{Kind: tail.Refused, Namespace: "/closed", Message: "not you"},
			{Kind: tail.Refused, Namespace: "/" + strings.Repeat("n", tail.NameBytes-1) + "...", Message: "Invalid namespace"},
			{Kind: tail.Disconnect, Namespace: "/chat", ID: c.ID, Reason: "client namespace disconnect"},
		} {
			got := r.next()
			if at, err := time.Parse(time.RFC3339, got.Time); err != nil || at.IsZero() {
				t.Errorf("time %q", got.Time)
			}
			want.Time, want.Node, want.Slot, want.Address = got.Time, 7, w.slot, "127.0.0.1"
			if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
				t.Errorf("record %d: %s\nwant %s", i, g, w)
			}
		}
	}
	for _, w := range all {
		if n := w.hub.Stats().Viewers; n != map[bool]int64{true: 1}[w == all[1]] {
			t.Errorf("slot %d has %d viewers", w.slot, n)
		}
	}
}

// A filter is applied where things happen.
func TestFilter(t *testing.T) {
	w := (*bus)(nil).worker(t, 0, tail.New)
	for name, x := range map[string]struct {
		filter func(a, b *client) tail.Filter
		want   string
	}{
		"all":       {func(_, _ *client) tail.Filter { return tail.Filter{} }, "event say /, refuse  /closed, event other /chat, event say /chat, refuse  /closed, disconnect  /, refuse  /closed, disconnect  /chat"},
		"namespace": {func(_, _ *client) tail.Filter { return tail.Filter{Namespace: "/"} }, "event say /, disconnect  /"},
		"room":      {func(_, _ *client) tail.Filter { return tail.Filter{Rooms: []string{"none", "red"}} }, "event other /chat, event say /chat, disconnect  /chat"},
		"socket":    {func(a, _ *client) tail.Filter { return tail.Filter{Rooms: []string{a.ID}} }, "event say /, disconnect  /"},
		"event":     {func(_, _ *client) tail.Filter { return tail.Filter{Events: []string{"say"}} }, "event say /, event say /chat"},
		"both": {func(_, _ *client) tail.Filter {
			return tail.Filter{Events: []string{"say"}, Kinds: []string{tail.Event, tail.Disconnect}}
		}, "event say /, event say /chat, disconnect  /, disconnect  /chat"},
		"kind": {func(_, _ *client) tail.Filter { return tail.Filter{Kinds: []string{tail.Disconnect}} }, "disconnect  /, disconnect  /chat"},
	} {
		a, b := w.client(""), w.client("/chat,")
		r := w.view(x.filter(a, b))
		r.watches(1)
		a.Say(`42["say",1]`)
		a.Say(`43["nothing waits for it"]`)
		a.sync()
		b.Say(`42/chat,["other"]`)
		b.Say(`42/chat,["say"]`)
		b.sync()
		a.Say("41")
		a.sync()
		b.Say("41/chat,")
		for _, want := range strings.Split(x.want, ", ") {
			rec := r.next()
			if got := fmt.Sprintf("%s %s %s", rec.Kind, rec.Event, rec.Namespace); got != want || rec.Args != nil {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		_ = r.viewer.Close()
	}
}

// sync returns when what was said has been handled.
func (c *client) sync() {
	c.t.Helper()
	c.Say("40/closed,")
	c.Next()
}

// What cannot be asked for is refused.
func TestBadFilters(t *testing.T) {
	w := (*bus)(nil).worker(t, 0, tail.New)
	many := make([]string, 101)
	for i := range many {
		many[i] = "x"
	}
	for _, f := range []tail.Filter{
		{Namespace: "chat"}, {Rooms: []string{""}}, {Events: many}, {Events: []string{strings.Repeat("x", tail.NameBytes+1)}}, {Kinds: []string{"emit"}}, {Kinds: []string{""}},
	} {
		if v, err := w.hub.View(f); err == nil || err.Code != contract.InvalidValue {
			t.Errorf("%.60v: %v, %v", f, v, err)
		}
	}
	if w.hub.Stats().Viewers != 0 || w.hub.Watched() != 0 {
		t.Error("somebody looks")
	}
}

// A viewer that has gone leaves nothing, at any worker.
func TestGone(t *testing.T) {
	b := begin(t)
	all := []*worker{b.worker(t, 0, tail.New), b.worker(t, 1, tail.New)}
	r := all[0].view(tail.Filter{})
	r.watches(2)
	if err := r.viewer.Close(); err != nil {
		t.Error(err)
	}
	if rec := r.last(); rec.Kind != tail.End || rec.Error.Code != contract.Stopping {
		t.Errorf("%+v", rec)
	}
	for _, w := range all {
		until(t, "nobody is told", func() bool { return w.hub.Watched() == 0 })
	}
}

// One that dies, and so does not say that it goes, is told for some seconds.
func TestLease(t *testing.T) {
	b := begin(t)
	w, other := b.worker(t, 0, tail.New), b.connect()
	defer other.Close()
	if err := other.Publish("_ioserver."+cluster+".tail1.ask", []byte(`{"viewer":"0123456789abcdef","filter":{}}`)); err != nil {
		t.Fatal(err)
	}
	until(t, "somebody is told", func() bool { return w.hub.Watched() == 1 })
	until(t, "nobody is told", func() bool { return w.hub.Watched() == 0 })
	for _, bad := range []string{``, `{}`, `{"viewer":"0123456789abcdeg"}`, `{"viewer":"0123456789abcdef","filter":{"kinds":["x"]}}`, `{"viewer":">"}`} {
		if err := other.Publish("_ioserver."+cluster+".tail1.ask", []byte(bad)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "all is read", func() bool { return w.hub.Stats().Malformed == 5 })
}

// last reads to the end, and returns the last record.
func (r *reader) last() (rec tail.Record) {
	for next := r.next(); next.Kind != ""; next = r.next() {
		rec = next
	}
	return rec
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not yet", what)
		}
	}
}

// Who reads too slowly is dropped, and told; the others are not concerned.
func TestSlowReader(t *testing.T) {
	w := (*bus)(nil).worker(t, 0, func(o tail.Options) (*tail.Hub, error) { return tail.Bounded(o, 0, 0, 1<<20, 10_000, 0) })
	slow, err := w.hub.View(tail.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	other := w.view(tail.Filter{Kinds: []string{tail.Disconnect}})
	other.watches(1)
	c := w.client("")
	for w.hub.Stats().Dropped == 0 {
		c.Say(`42["m"]`)
		c.sync()
	}
	var all bytes.Buffer
	if _, err := all.ReadFrom(slow); err != nil || strings.Count(all.String(), "\n") != 1 || !strings.Contains(all.String(), `"kind":"end"`) || !strings.Contains(all.String(), `"code":"too_slow"`) {
		t.Errorf("%s, %v", &all, err)
	}
	c.Say("41")
	if rec := other.next(); rec.Kind != tail.Disconnect {
		t.Errorf("%+v", rec)
	}
}

// What a worker cannot get rid of is lost, counted and told.
func TestLostRecords(t *testing.T) {
	w := (*bus)(nil).worker(t, 0, func(o tail.Options) (*tail.Hub, error) { return tail.Bounded(o, 0, 0, -1, 0, 0) })
	r := w.view(tail.Filter{})
	r.watches(1)
	w.client("")
	until(t, "it is counted", func() bool { return w.hub.Stats().Lost == 1 })
}

// Viewers, and those that a worker tells, are bounded.
func TestTooManyViewers(t *testing.T) {
	b := begin(t)
	few := func(o tail.Options) (*tail.Hub, error) { return tail.Bounded(o, 1, 2, 0, 0, 0) }
	all := []*worker{b.worker(t, 0, few), b.worker(t, 1, few), b.worker(t, 2, tail.New)}
	all[0].view(tail.Filter{}).watches(3)
	if v, err := all[0].hub.View(tail.Filter{}); err == nil || err.Code != contract.TooManyRequests {
		t.Errorf("%v, %v", v, err)
	}
	all[1].view(tail.Filter{}).watches(3)
	before := all[1].hub.Stats().Refused
	all[2].view(tail.Filter{}).watches(1)
	until(t, "the third is refused", func() bool { return all[1].hub.Stats().Refused > before })
	if s := all[0].hub.Stats(); s.Viewers != 1 || s.Refused == 0 {
		t.Errorf("%+v", s)
	}
}

// Where nothing happens, that is told too.
func TestAlive(t *testing.T) {
	w := (*bus)(nil).worker(t, 7, func(o tail.Options) (*tail.Hub, error) {
		return tail.Bounded(o, 0, 0, 0, 0, 10*time.Millisecond)
	})
	r := w.view(tail.Filter{})
	r.watches(1)
	if rec := r.next(); rec.Kind != tail.Alive || rec.Slot != 7 || rec.Node != 7 {
		t.Errorf("%+v", rec)
	}
}

// A hub that ends tells its viewers so.
func TestClose(t *testing.T) {
	b := begin(t)
	w := b.worker(t, 0, tail.New)
	r := w.view(tail.Filter{})
	r.watches(1)
	if err := w.hub.Close(); err != nil {
		t.Error(err)
	}
	if rec := r.last(); rec.Kind != tail.End || rec.Error.Code != contract.Stopping {
		t.Errorf("%+v", rec)
	}
	if _, err := w.hub.View(tail.Filter{}); err == nil || err.Code != contract.Stopping {
		t.Error(err)
	}
}

// What is sent is told where it is asked for, to whom and by whom.
func TestSent(t *testing.T) {
	w := (*bus)(nil).worker(t, 0, tail.New)
	c := w.client("/chat,")
	all := w.view(tail.Filter{})
	all.watches(1)
	r := w.view(tail.Filter{Kinds: []string{tail.Sent}, Args: true})
	r.watches(1)
	ns := w.io.Of("/chat")
	rooms := []string{"red"}
	for i := range 20 {
		rooms = append(rooms, fmt.Sprint(i))
	}
	for _, err := range []error{ns.Emit("all", "x"), ns.To(rooms...).Emit("rooms"), ns.To(c.ID).Emit("one", []byte("b"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`all ["x"] 1 0`, `rooms [] 1 10`, `one [{"$binary":"Yg=="}] 1 1`} {
		rec := r.next()
		if got := fmt.Sprintf("%s %s %d %d", rec.Event, rec.Args, rec.Count, len(rec.Rooms)); got != want || rec.Kind != tail.Sent || rec.Namespace != "/chat" {
			t.Errorf("%+v, want %s", rec, want)
		}
	}
	c.Say("41/chat,")
	if rec := all.next(); rec.Kind != tail.Disconnect {
		t.Errorf("%+v", rec)
	}
}
