package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/demo"
)

// Echo acknowledges whatever it is given, also to those who never entered.
func TestEcho(t *testing.T) {
	c := newCluster(t).start(0).connect()
	for args, want := range map[string]string{
		`"echo"`:                    `[]`,
		`"echo","a",{"b":[1,null]}`: `["a",{"b":[1,null]}]`,
	} {
		c.acks++
		c.send(fmt.Sprintf("42%d[%s]", c.acks, args))
		if got := c.read(); got != fmt.Sprintf("43%d%s", c.acks, want) {
			t.Errorf("%s: %s", args, got)
		}
	}
	c.send(`42["echo","nobody asked"]`)
	if got := c.call("echo", 1); got != "1" {
		t.Errorf("after one without acknowledgement: %s", got)
	}
}

// People on three workers hear each other, and see who is where.
func TestAcrossWorkers(t *testing.T) {
	c := newCluster(t)
	var tabs []*client
	for slot := range 3 {
		tab := c.start(slot).connect()
		a := tab.enter(fmt.Sprintf("tab %d", slot), "lobby")
		if a.Me.Slot != slot || a.Me.PID == 0 || a.Me.Transport != "websocket" || a.Version != "v1 <test>" || a.TextMax != demo.TextRunes {
			t.Errorf("welcome: %+v", a)
		}
		tabs = append(tabs, tab)
	}
	for i, tab := range tabs {
		tab.until("everybody is there", func() bool { return tab.present("tab 0", 0) && tab.present("tab 1", 1) && tab.present("tab 2", 2) })
		m := tab.say(fmt.Sprintf("from %d", i))
		if m.ID == "" || m.Slot != i || m.Name != fmt.Sprintf("tab %d", i) || m.At == 0 {
			t.Errorf("said: %+v", m)
		}
		for j, other := range tabs {
			if got := other.heard(i + 1); got[i] != fmt.Sprintf("from %d", i) {
				t.Errorf("tab %d heard %q", j, got)
			}
		}
	}
}

// A transport that changes is seen by all; a name that is none is not.
func TestTransport(t *testing.T) {
	c := newCluster(t)
	a, b := c.start(0).connect(), c.start(1).connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	for _, x := range []struct{ tell, want string }{{"polling", "polling"}, {"<b>", ""}, {"websocket", "websocket"}} {
		a.send(fmt.Sprintf(`42["transport",%q]`, x.tell))
		b.until("the transport is "+x.want, func() bool {
			for _, p := range b.people {
				if p.Name == "a" {
					return p.Transport == x.want
				}
			}
			return false
		})
	}
}

// Who changes rooms hears the new one, not the old one, and gets what was said
// there; who leaves is gone.
func TestRooms(t *testing.T) {
	c := newCluster(t)
	one, other := c.start(0), c.start(1)
	a, b := one.connect(), other.connect()
	a.enter("a", "lobby")
	b.enter("b", "Tea Room")
	tea, lobby := one.connect(), other.connect() // they tell what has come to their workers
	tea.enter("tea", "Tea Room")
	lobby.enter("lobby", "lobby")
	a.until("b is there", func() bool { return a.present("b", 1) })
	b.say("in the tea room")
	a.say("in the lobby")
	tea.heard(1)
	lobby.heard(1)
	first := a.enter("a", "tea-room")
	if got := texts(first.Messages); !slices.Equal(got, []string{"in the tea room"}) || first.Me.Room != "tea-room" {
		t.Errorf("the tea room has %q for %+v", got, first.Me)
	}
	if !slices.Contains(first.Rooms, "lobby") || !slices.Contains(first.Rooms, "tea-room") {
		t.Errorf("rooms: %q", first.Rooms)
	}
	if err := b.enter("b", "lobby"); len(err.Messages) != 1 {
		t.Errorf("lobby: %+v", err.Messages)
	}
	b.say("is anybody here?")
	a.say("no")
	if got := a.heard(2); !slices.Equal(got, []string{"in the lobby", "no"}) {
		t.Errorf("a heard %q", got)
	}
	_ = a.conn.Close()
	b.until("a has gone", func() bool { return !a.present("a", 0) || !b.present("a", 0) })
}

// A client that returns gets what it has not seen, in order, once, from a
// worker that began after some of it was said, and also what was said on a
// worker that has died.
func TestCatchUp(t *testing.T) {
	c := newCluster(t)
	zero, one := c.start(0), c.start(1)
	a, b := zero.connect(), one.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	var want []string
	talk := func(who *client, text string) {
		who.say(text)
		want = append(want, text)
		a.heard(len(want))
		b.heard(len(want))
	}
	talk(a, "1")
	talk(b, "2")
	talk(a, "3")
	seen := make([]string, 0, len(b.seen))
	for _, m := range b.seen {
		seen = append(seen, m.ID)
	}
	_ = b.conn.Close()
	a.until("b has gone", func() bool { return !a.present("b", 1) })
	a.say("4")
	a.say("5")
	want = append(want, "4", "5")
	zero.kill()

	late := c.start(2)
	again := c.start(0) // zero's successor, which was told all
	for _, w := range []*worker{one, late, again} {
		back := w.connect()
		if got := texts(back.enter("b", "lobby", seen...).Messages); !slices.Equal(got, want[3:]) {
			t.Errorf("worker %d: caught up with %q", w.slot, got)
		}
		if got := texts(back.enter("b", "lobby").Messages); !slices.Equal(got, want) {
			t.Errorf("worker %d: the history is %q", w.slot, got)
		}
	}
}

// A message that is sent again, as its acknowledgement was lost, is kept once,
// whichever worker gets it.
func TestSentAgain(t *testing.T) {
	c := newCluster(t)
	a, b := c.start(0).connect(), c.start(1).connect()
	a.enter("a", "lobby")
	b.enter("a", "lobby")
	first := a.ask("say", object{"text": "once", "key": "k"})
	b.heard(1)
	for _, tab := range []*client{a, b} {
		if m := tab.ask("say", object{"text": "once", "key": "k"}); m.ID != first.ID {
			t.Errorf("another message was made: %+v", m)
		}
	}
	b.say("end")
	if got := a.heard(2); !slices.Equal(got, []string{"once", "end"}) {
		t.Errorf("heard %q", got)
	}
}

// Text is cleaned of what cannot be seen, and of nothing else.
func TestText(t *testing.T) {
	a := newCluster(t).start(0).connect()
	if me := a.enter(" \u202ea \n <b> \x00 ", "Ça  Va").Me; me.Name != "a <b>" || me.Room != "ça-va" {
		t.Errorf("%+v", me)
	}
	for say, want := range map[string]string{
		"  <img src=x>\n\tline \u202e\u0000two  ": "<img src=x>\n\tline two",
		"👩\u200d🚀":                          "👩\u200d🚀",
		strings.Repeat("é", demo.TextRunes): strings.Repeat("é", demo.TextRunes),
	} {
		if got := a.say(say).Text; got != want {
			t.Errorf("%q became %q", say, got)
		}
	}
}
