package worker_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker"
	"github.com/ioserver/ioserver/worker/socketio"
)

// twins are two machines that have one number, and a third with another.
type twins struct {
	*nodes // the machine without a twin, a; and the twin that began first, b
	late   *neighbours
}

// beginTwins returns when the third machine relays requests of both.
func beginTwins(t *testing.T, gone chan<- string, apps ...worker.App) *twins {
	t.Helper()
	n := &twins{nodes: &nodes{t: t, nats: newNATS(t), a: begin(t), b: begin(t)}, late: begin(t)}
	n.tap = listenIn(t, n.nats.bus)
	n.b.node, n.b.boot, n.b.key = 8, 2, [16]byte{8, 8, 8}
	n.late.node, n.late.boot, n.late.key = 8, 3, [16]byte{9, 9, 9}
	n.serve(n.a, 0)
	n.serve(n.b, 0, append(apps, echo(gone))...)
	n.late.launch(0, n.nats.bus, echo(make(chan string, 100)))
	said := map[any]bool{n.late.hear(0): true, n.late.hear(0): true} // in either order
	if !said[fdpass.Ready{}] || len(said) != 2 {
		t.Fatalf("the later one says %v", said)
	}
	n.acquainted()
	for late := time.Now().Add(patience); n.a.poll(0, "POST", n.late.session(0), "3").status() != 200; {
		if time.Now().After(late) {
			t.Fatal("requests for the later one are not relayed")
		}
	}
	return n
}

// While two machines have one number, requests for the sessions of either reach
// the machine that made the id, and no other.
func TestRelayToTwins(t *testing.T) {
	n := beginTwins(t, make(chan string, 100))
	for range 20 {
		for _, home := range []*neighbours{n.b, n.late} {
			q := home.session(0)
			c := n.a.poll(0, "POST", q, `421["echo","a"]`)
			c.expect(200, "ok")
			c.request("GET", q, "")
			c.expect(200, `431["a"]`)
			n.a.upgrade(0, q, 0).speaks()
		}
	}
}

// When the later one gives the number up, who talks to the other notices nothing.
func TestTwinLeaves(t *testing.T) {
	gone := make(chan string, 100)
	n := beginTwins(t, gone)
	for range 5 { // in what order they are heard is chance
		q, lost := n.b.session(0), n.late.session(0)
		n.relays(lost)
		w := n.a.upgrade(0, n.b.session(0), 0)
		w.speaks()
		waiting := n.a.poll(0, "GET", q, "")
		n.late.stop(0)
		for late := time.Now().Add(patience); n.a.poll(0, "GET", lost, "").status() != 400; {
			if time.Now().After(late) {
				t.Fatal("the later one is not forgotten")
			}
		}
		n.a.poll(0, "POST", q, `421["echo","a"]`).expect(200, "ok")
		waiting.expect(200, `431["a"]`)
		w.speaks()
		n.late.launch(0, n.nats.bus)
	}
	if len(gone) > 0 {
		t.Errorf("a session of the first ended: %s", <-gone)
	}
}

// When the later one has given the number up, the others hear the broadcasts of
// the one that keeps it again, and those that it made meanwhile, in order and once.
func TestTwinsBroadcasts(t *testing.T) {
	n := beginTwins(t, make(chan string, 100), func(io *socketio.Server) {
		io.Of("/").On("say", func(_ *socketio.Socket, e *socketio.Event) {
			var number int
			if e.Decode(&number) == nil && io.Of("/").Emit("said", number) == nil {
				_ = e.Ack()
			}
		})
	})
	ours, theirs := n.a.session(0), n.b.session(0)
	say := func(number int) {
		t.Helper()
		c := n.b.poll(0, "POST", theirs, fmt.Sprintf(`42%d["say",%d]`, number, number))
		c.expect(200, "ok")
	}
	say(0)
	say(1)
	n.late.stop(0)
	say(2)
	var heard strings.Builder
	for late := time.Now().Add(2 * patience); !strings.Contains(heard.String(), `["said",2]`); {
		c := n.a.poll(0, "GET", ours, "")
		res, err := http.ReadResponse(c.r, nil)
		if err != nil || time.Now().After(late) {
			t.Fatalf("heard %q, %v", heard.String(), err)
		}
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		heard.Write(append(b, 0x1e))
	}
	if got := strings.TrimSuffix(heard.String(), "\x1e"); got != "42[\"said\",0]\x1e42[\"said\",1]\x1e42[\"said\",2]" {
		t.Errorf("heard %q", got)
	}
}
