package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// A spectator sees who comes, what they send, with a handler or without, who is
// refused and who goes, in that order.
func TestSpectate(t *testing.T) {
	seen := make(chan string, 30)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").Use(func(s *socketio.Socket) error { return s.Join("red") })
		s.Of("/").On("set", func(s *socketio.Socket, e *socketio.Event) {
			_ = s.SetData(map[string]int{"n": 1})
			_ = e.Ack()
		})
		s.Of("/closed").Use(func(*socketio.Socket) error { return errors.New("not you") })
	})
	s.Spectate(func(v *socketio.Sighting) {
		if v.Sight == socketio.SightSent {
			return
		}
		text := fmt.Sprintf("%d %s %q %q", v.Sight, v.Namespace, v.ID, v.Text)
		if v.Sight == socketio.SightEvent {
			a := v.Args()
			text += fmt.Sprintf(" %s %s %d %v red=%v id=%v none=%v %s weight=%d", v.Event(), a.JSON, len(a.Attachments), v.Ack(), v.In("red"), v.In(v.ID), v.In("none"), v.Data(), v.Weight())
		}
		if v.Address() != "127.0.0.1" || v.Revision() != 4 || v.Time.IsZero() || v.In("red") != (v.Sight != socketio.SightRefused) {
			text += fmt.Sprintf(" %s %d %v %v", v.Address(), v.Revision(), v.Time, v.In("red"))
		}
		seen <- text
	})
	want := func(all ...string) {
		t.Helper()
		for _, w := range all {
			if got := receive(t, seen); got != w {
				t.Errorf("saw %s, want %s", got, w)
			}
		}
	}
	a := dial(t, addr, 4, "")
	id := a.join("/")
	a.send(`421["set"]`)
	a.expect("431[]")
	a.send(`42["nobody hears",1,{"a":2}]`)
	a.send(`451-["b",{"_placeholder":true,"num":0}]`)
	a.sendBinary([]byte("xyz"))
	a.send("40/none,")
	a.expect(`44/none,{"message":"Invalid namespace"}`)
	a.send("40/closed,")
	a.expect(`44/closed,{"message":"not you"}`)
	a.send("41")
	want(
		fmt.Sprintf(`0 / %q ""`, id),
		fmt.Sprintf(`3 / %q "" set [] 0 true red=true id=true none=false  weight=0`, id),
		fmt.Sprintf(`3 / %q "" nobody hears [1,{"a":2}] 0 false red=true id=true none=false {"n":1} weight=9`, id),
		fmt.Sprintf(`3 / %q "" b [{"_placeholder":true,"num":0}] 1 false red=true id=true none=false {"n":1} weight=32`, id),
		`1 /none "" "Invalid namespace"`,
		`1 /closed "" "not you"`,
		fmt.Sprintf(`2 / %q "client namespace disconnect"`, id),
	)
	s.Spectate(nil)
	b := dial(t, addr, 4, "")
	b.join("/")
	b.send(`421["set"]`)
	b.expect("431[]")
	if len(seen) > 0 {
		t.Errorf("seen by nobody: %s", <-seen)
	}
}

// A spectator sees what is sent, and to how many.
func TestSpectateWhatIsSent(t *testing.T) {
	seen := make(chan string, 30)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").Use(func(s *socketio.Socket) error { return s.Join("red") })
		s.Of("/").On("me", func(s *socketio.Socket, _ *socketio.Event) {
			_ = s.Emit("you", []byte("x"))
			_, _ = s.EmitWithAck(t.Context(), "answer")
			seen <- "answered"
		})
	})
	a, b := dial(t, addr, 4, ""), dial(t, addr, 4, "")
	id := a.join("/")
	b.join("/")
	s.Spectate(func(v *socketio.Sighting) {
		if v.Sight == socketio.SightSent {
			seen <- fmt.Sprintf("%s %s %d %q %q %d %v %q in=%v", v.Event(), v.Args().JSON, len(v.Args().Attachments), v.ID, v.Rooms, v.Count, v.Ack(), v.Address(), v.In("red"))
		}
	})
	want := func(all ...string) {
		t.Helper()
		for _, w := range all {
			if got := receive(t, seen); got != w {
				t.Errorf("saw %s, want %s", got, w)
			}
		}
	}
	_ = s.Of("/").Emit("all", 1)
	_ = s.Of("/").To("red", "blue").Except(id).Volatile().Emit("room")
	_ = s.Of("/").To("nobody").Emit("lost")
	want(`all [1] 0 "" [] 2 false "" in=false`, `room [] 0 "" ["red" "blue"] 1 false "" in=true`)
	a.send(`42["me"]`)
	want(fmt.Sprintf(`you [{"_placeholder":true,"num":0}] 1 %q [] 1 false "127.0.0.1" in=true`, id), fmt.Sprintf(`answer [] 0 %q [] 1 true "127.0.0.1" in=true`, id))
	a.expect(`42["all",1]`)
	a.next() // you
	a.next() // its attachment
	a.send("43" + strings.TrimSuffix(strings.TrimPrefix(a.next(), "42"), `["answer"]`) + "[]")
	want("answered")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, _ = s.Of("/").To("red").EmitWithAck(ctx, "many")
	want(`many [] 0 "" ["red"] 2 true "" in=true`)
}
