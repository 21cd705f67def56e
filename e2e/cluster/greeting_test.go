package cluster

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"
)

// asked is what this application reads of what it is asked.
type asked struct {
	ID   string
	Args []int
}

// greeter is an application that says something before and after each answer.
func greeter(t *testing.T, c credentials) {
	t.Helper()
	nc := application(t, c.Server)
	prefix := "ioserver." + c.Cluster + ".v1."
	tell := func(subject, format string, args ...any) {
		if err := nc.Publish(prefix+subject, fmt.Appendf(nil, format, args...)); err != nil {
			t.Error(err)
		}
	}
	serve := func(what string, answer func(asked) (said string, then func())) {
		if _, err := nc.QueueSubscribe(prefix+"on."+what, "greeters", func(m *nats.Msg) {
			var a asked
			if err := json.Unmarshal(m.Data, &a); err != nil {
				t.Errorf("%s: %v", m.Data, err)
			}
			said, then := answer(a)
			if err := m.Respond([]byte(said)); err != nil {
				t.Error(err)
			}
			then()
		}); err != nil {
			t.Fatal(err)
		}
	}
	serve("connect._", func(a asked) (string, func()) {
		tell("emit._."+a.ID, `{"event":"number","args":["before %s",1]}`, a.ID)
		tell("join._."+a.ID, `{"join":["joined"]}`)
		return `{"allow":{"rooms":["lobby"]}}`, func() {
			tell("emit._."+a.ID, `{"event":"number","args":["after %s",1]}`, a.ID)
		}
	})
	serve("event._.enter", func(a asked) (string, func()) {
		room := fmt.Sprint(a.ID, a.Args[0])
		tell("join._."+a.ID, `{"join":["%s"]}`, room)
		tell("emit._."+room, `{"event":"number","args":["entered %s",%d]}`, a.ID, a.Args[0])
		return `{"args":["ok"]}`, func() {
			tell("at."+a.ID[len(a.ID)-28:][:4]+".leave._."+room, `{"leave":["%s"]}`, room)
		}
	})
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestWhatIsSaidBesideAnswers: a client hears what an application says before
// and after it has let it in, and what it did before it answered an event is
// done when the client has the acknowledgement.
func TestWhatIsSaidBesideAnswers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "app.json")
	n := serve(t, "--workers=4", "--backend=nats", "--backend-credentials="+file)
	c := readCredentials(t, file)
	greeter(t, c)
	greeter(t, c)
	all := gather(t, n, 20, nil)
	// Whom gather has heard answer is in, and so are its rooms.
	for _, room := range []string{"lobby", "joined"} {
		if err := application(t, c.Server).Publish("ioserver.default.v1.emit._."+room, []byte(`{"event":"number","args":["to `+room+`",1]}`)); err != nil {
			t.Fatal(err)
		}
	}
	late := within(t, patience).Done()
	for _, m := range all {
		for _, sender := range []string{"before " + m.ID, "after " + m.ID, "to lobby", "to joined"} {
			if !m.Await(late, sender, 1) {
				t.Errorf("%v in slot %d does not hear what was said: %s", m.Kind(), m.Slot, sender)
			}
		}
	}
	atOnce(len(all), len(all), func(i int) {
		m := all[i]
		for round := 1; round <= 30; round++ {
			answer, err := m.Ask(within(t, patience), "enter", round)
			if err != nil || len(answer) != 1 || string(answer[0]) != `"ok"` {
				t.Errorf("%v: answered %s, %v", m.Kind(), answer, err)
				return
			}
			if missing := m.Missing("entered "+m.ID, round); len(missing) > 0 { // it is not waited for
				t.Errorf("%v in slot %d: answered before %v was done", m.Kind(), m.Slot, missing)
				return
			}
		}
	})
	for _, m := range all {
		if f := m.Faults(); len(f) > 0 {
			t.Errorf("%v: %v", m.Kind(), f)
		}
	}
}
