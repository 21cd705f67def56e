package adaptertest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
)

// same compares what was received with what must have come: all of it in order,
// and besides at most what may come too.
func same(t *testing.T, got, want, may []string) {
	t.Helper()
	must := slices.DeleteFunc(slices.Clone(got), func(s string) bool {
		return slices.Contains(may, s) && !slices.Contains(want, s)
	})
	if !slices.Equal(must, want) {
		t.Errorf("received %.100q, want %.100q", got, want)
	}
}

// publish: a message for all reaches all others once, and not its sender.
func publish(t *testing.T, join Join) {
	all := open(t, join, 3)
	all[0].publish("/", nil, "a")
	all[0].publish("/x", nil, "b")
	all[1].publish("/", nil, "end")
	all[0].texts()
	all[0].publish("/", nil, "end")
	for _, e := range all[1:] {
		var own []string
		e.until("both have come", func() bool {
			own = nil
			for _, m := range e.got {
				if m.from.Home == all[0].Home() {
					own = append(own, m.text)
				}
			}
			return len(own) >= 3
		})
		same(t, own, []string{"a", "b", "end"}, nil)
	}
	all[0].mu.Lock()
	defer all[0].mu.Unlock()
	for _, m := range all[0].got {
		if m.from.Home == all[0].Home() {
			t.Errorf("the sender has heard %q", m.text)
		}
	}
}

// rooms: what is published to a room after a want was confirmed arrives.
func rooms(t *testing.T, join Join) {
	all := open(t, join, 3)
	const many = 20
	var want []string
	may := []string{"nobody's", "another namespace's"}
	for i := range many {
		name := fmt.Sprintf("room %d", i)
		all[1].want("/", name)
		all[0].publish("/", []string{name}, name)
		all[2].publish("/", []string{"other", name}, "many "+name)
		want = append(want, name)
		may = append(may, "many "+name)
	}
	all[0].publish("/", []string{"nobody"}, "nobody's")
	all[0].publish("/x", []string{"room 1"}, "another namespace's")
	all[0].publish("/", []string{"room 2", "nobody"}, "two")
	all[0].publish("/", []string{"room 1"}, "end")
	same(t, all[1].texts(), append(want, "two"), may)
	all[2].publish("/", []string{"x", "room 3"}, "last")
	all[1].until("what was published to several rooms", func() bool {
		return slices.ContainsFunc(all[1].got, func(m message) bool { return m.text == "last" })
	})
}

// counted: each want is taken back by itself.
func counted(t *testing.T, join Join) {
	all := open(t, join, 2)
	for range 3 {
		all[1].want("/", "r")
	}
	all[1].Unwant("/", "r")
	all[1].Unwant("/", "r")
	all[0].publish("/", []string{"r"}, "still")
	all[1].Unwant("/", "r")
	all[1].want("/", "r") // and again
	all[0].publish("/", []string{"r"}, "again")
	all[0].publish("/", nil, "end")
	same(t, all[1].texts(), []string{"still", "again"}, nil)
}

// direct: a message for one reaches it alone.
func direct(t *testing.T, join Join) {
	all := open(t, join, 3)
	all[1].on = func(m message) {
		if !slices.Contains(all[1].Peers(), m.from) {
			t.Errorf("a message of %v, which is not among the peers", m.from)
		}
	}
	all[0].direct(all[1], "one")
	if err := all[0].Direct(sid.Home{Node: 9999, Slot: 9}, []byte("nobody")); err != nil {
		t.Errorf("to nobody: %v", err)
	}
	all[2].direct(all[0], "end")
	all[0].direct(all[1], "end")
	all[0].direct(all[2], "end")
	same(t, all[1].texts(), []string{"one"}, nil)
	same(t, all[0].texts(), nil, nil)
	same(t, all[2].texts(), nil, nil)
}

// order: whatever way they go, one server's messages arrive in order.
func order(t *testing.T, join Join) {
	const many = 3000
	all := open(t, join, 3)
	all[1].want("/", "a")
	all[1].want("/", "b")
	var want []string
	for i := range many {
		text := fmt.Sprint(i)
		switch i % 4 {
		case 0:
			all[0].publish("/", nil, text)
		case 1:
			all[0].publish("/", []string{"a"}, text)
		case 2:
			all[0].direct(all[1], text)
		case 3:
			all[0].publish("/", []string{"a", "b"}, text)
		}
		want = append(want, text)
	}
	all[0].direct(all[1], "end")
	same(t, all[1].texts(), want, nil)
}

// senders: many goroutines, each in its own order, and from two servers.
func senders(t *testing.T, join Join) {
	const each, goroutines = 500, 4
	all := open(t, join, 3)
	var sending sync.WaitGroup
	for g := range goroutines {
		sending.Go(func() {
			for i := range each {
				all[g%2].publish("/", nil, fmt.Sprintf("%d %d", g, i))
			}
		})
	}
	sending.Wait()
	next := make([]int, goroutines)
	all[2].until("all have come", func() bool { return len(all[2].got) >= each*goroutines })
	for _, m := range all[2].got {
		var g, i int
		if _, err := fmt.Sscanf(m.text, "%d %d", &g, &i); err != nil || i != next[g] {
			t.Fatalf("got %q, want number %d", m.text, next[g])
		}
		next[g]++
	}
}

// content: bytes arrive as they were when they were sent, many and few.
func content(t *testing.T, join Join) {
	all := open(t, join, 2)
	buf := bytes.Repeat([]byte{0, 0xff, '\n'}, 1<<20)
	var want []string
	for _, n := range []int{0, 1, 100, 70_000, 3 << 20} {
		b := buf[:n]
		if err := all[0].Publish("/", nil, b); err != nil {
			t.Fatal(err)
		}
		want = append(want, string(b))
		for i := range b {
			b[i]++ // the sender's again
		}
	}
	all[0].publish("/", nil, "end")
	got := all[1].texts()
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("message %d of %d bytes is not as it was sent", i, len(want[i]))
		}
	}
	if strings.Join(got, "") != strings.Join(want, "") {
		t.Error("there is more")
	}
}
