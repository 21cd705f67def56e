package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/demo"
)

func code(a answer) string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Code
}

func TestRefusedEntries(t *testing.T) {
	w := newCluster(t).start(0)
	long := strings.Repeat("x", 100)
	for want, entries := range map[string][]any{
		"bad_request": {"nothing", object{"name": 1}, object{"name": "a", "room": "r", "seen": slices.Repeat([]string{"x"}, demo.HistoryMessages+1)}},
		"bad_name": {object{"room": "r"}, object{"name": " \u200d\t", "room": "r"}, object{"name": "\u3164\u2800\uffa0", "room": "r"}, object{"name": "\u0301\ufe0f", "room": "r"},
			object{"name": long[:demo.NameRunes+1], "room": "r"}},
		"bad_room": {object{"name": "a"}, object{"name": "a", "room": "<b>"}, object{"name": "a", "room": "\u0301"}, object{"name": "a", "room": long[:demo.RoomRunes+1]}},
		"":         {object{"name": long[:demo.NameRunes], "room": long[:demo.RoomRunes]}},
	} {
		for _, e := range entries {
			if a := w.connect().ask("enter", e); code(a) != want {
				t.Errorf("%v: %q, want %q", e, code(a), want)
			}
		}
	}
}

func TestRefusedMessages(t *testing.T) {
	a := newCluster(t).start(0).connect()
	if got := code(a.ask("say", object{"text": "hi"})); got != "outside" {
		t.Errorf("before entering: %q", got)
	}
	a.enter("a", "lobby")
	for _, x := range []struct {
		say  any
		want string
	}{
		{1, "bad_request"},
		{object{"text": "x", "key": strings.Repeat("k", demo.KeyBytes+1)}, "bad_request"},
		{object{"text": " \u202e\n"}, "bad_text"},
		{object{"text": "\u2800\n\u115f\u034f"}, "bad_text"},
		{object{"text": strings.Repeat("x", demo.TextRunes+1)}, "bad_text"},
	} {
		if got := code(a.ask("say", x.say)); got != x.want {
			t.Errorf("%.40v: %q, want %q", x.say, got, x.want)
		}
	}
	if got := code(a.ask("transport", 7)); got != "bad_request" {
		t.Errorf("transport: %q", got)
	}
}

// One socket that talks too much is told so; the others are not.
func TestTooFast(t *testing.T) {
	w := newCluster(t).start(0)
	a, b := w.connect(), w.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	codes := make(map[string]int)
	for range 3 * demo.MessageBurst {
		codes[code(a.ask("say", object{"text": "x"}))]++
	}
	if codes["too_fast"] == 0 || codes[""] < demo.MessageBurst-1 {
		t.Errorf("%v", codes)
	}
	b.say("I can")
}

// A room takes so many people, and the demo so many.
func TestFull(t *testing.T) {
	w := newCluster(t).start(0)
	c := w.connect()
	for i := range demo.RoomPeople {
		w.connect().enter(fmt.Sprint(i), "lobby")
	}
	if got := code(c.ask("enter", object{"name": "c", "room": "lobby"})); got != "full" {
		t.Errorf("one more in the room: %q", got)
	}
	for i := demo.RoomPeople; i < demo.People-1; i++ {
		w.connect().enter(fmt.Sprint(i), fmt.Sprint(i%demo.Rooms/2))
	}
	c.enter("c", "elsewhere")
	if got := code(w.connect().ask("enter", object{"name": "d", "room": "elsewhere"})); got != "full" {
		t.Errorf("one more in all: %q", got)
	}
	c.enter("c", "elsewhere") // who is in may change
}

// Rooms that nobody is in make place for others; the quietest goes first.
func TestManyRooms(t *testing.T) {
	w := newCluster(t).start(0)
	var a *client
	for i := range demo.Rooms + 10 {
		if i%4 == 0 {
			a = w.connect() // each may do only so much
		}
		a.enter("a", fmt.Sprintf("room-%d", i))
		a.say("x")
		if i%4 == 3 {
			_ = a.conn.Close()
		}
	}
	b := w.connect()
	got := b.enter("b", "room-5")
	if len(got.Rooms) > demo.Rooms || len(got.Messages) != 0 {
		t.Errorf("%d rooms, %v", len(got.Rooms), got.Messages)
	}
	if got := b.enter("b", fmt.Sprintf("room-%d", demo.Rooms)); len(got.Messages) != 1 {
		t.Errorf("a young room has %v", got.Messages)
	}
}

// Where all rooms have people in them there is no other.
func TestRoomsFull(t *testing.T) {
	w := newCluster(t).start(0)
	for i := range demo.Rooms {
		w.connect().enter("a", fmt.Sprintf("room-%d", i))
	}
	if got := code(w.connect().ask("enter", object{"name": "b", "room": "another"})); got != "full" {
		t.Errorf("another room: %q", got)
	}
	w.connect().enter("b", "room-1")
}

// The history keeps the newest.
func TestHistoryIsBounded(t *testing.T) {
	c := newCluster(t)
	w := c.start(0)
	listener := c.start(1).connect()
	listener.enter("l", "lobby")
	n := 0
	for n < demo.HistoryMessages+20 {
		a := w.connect()
		a.enter("a", "lobby")
		for range demo.MessageBurst - 1 {
			n++
			a.say(fmt.Sprint(n))
		}
		_ = a.conn.Close()
	}
	listener.heard(n)
	for name, at := range map[string]*worker{"where it was said": w, "a worker that starts": c.start(2)} {
		got := at.connect().enter("b", "lobby").Messages
		if len(got) != demo.HistoryMessages || got[len(got)-1].Text != fmt.Sprint(n) {
			t.Errorf("%s: %d messages of %d: %v", name, len(got), n, texts(got))
		}
	}
}
