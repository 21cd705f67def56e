package worker_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

const unknownSID = `{"code":1,"message":"Session ID unknown"}`

func reason(t *testing.T, gone <-chan string, want string) {
	t.Helper()
	select {
	case got := <-gone:
		if got != want {
			t.Errorf("disconnected: %s, want %s", got, want)
		}
	case <-time.After(patience):
		t.Error("not disconnected")
	}
}

// A session's requests are answered through the neighbour, waiting or not, and
// whatever their size.
func TestRelay(t *testing.T) {
	n, gone := begin(t), make(chan string, 10)
	n.start(0, echo(gone))
	n.start(1, echo(gone))
	q := n.session(1)
	waiting := n.poll(0, "GET", q, "")
	c := n.poll(0, "POST", q, `421["echo","a"]`)
	c.expect(200, "ok")
	waiting.expect(200, `431["a"]`)
	long := strings.Repeat("x", 900_000)
	c.request("POST", q, `422["echo","`+long+`"]`)
	c.expect(200, "ok")
	c.request("GET", q, "")
	c.expect(200, `432["`+long+`"]`)
	c.request("GET", "&sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "") // forged: nobody is asked
	c.expect(400, unknownSID)
}

// A client that leaves while the neighbour waits for the session's answer ends
// its session, as if it had been there.
func TestRelayCancelled(t *testing.T) { bothWays(t, relayCancelled) }

// bothWays tests with a client's first request on its connection, which a
// goroutine sends on, and with a later one, which the loop does.
func bothWays(t *testing.T, test func(t *testing.T, later bool)) {
	t.Run("first", func(t *testing.T) { test(t, false) })
	t.Run("later", func(t *testing.T) { test(t, true) })
}

// asker is a connection that has brought no request yet, or one that the loop
// keeps for that.
func (n *neighbours) asker(q string, later bool) *connection {
	c := n.connect(0, time.Now())
	if later {
		c.request("POST", q, `42["none"]`)
		c.expect(200, "ok")
	}
	return c
}

func relayCancelled(t *testing.T, later bool) {
	n, gone := begin(t), make(chan string, 10)
	n.start(0)
	n.start(1, echo(gone))
	q := n.session(1)
	waiting := n.asker(q, later)
	waiting.request("GET", q, "")
	post := n.poll(0, "POST", q, `42["none"]`) // behind the poll in the same inbox
	post.expect(200, "ok")
	waiting.Close()
	reason(t, gone, "transport error")
	n.poll(0, "GET", q, "").expect(400, unknownSID)
}

// Whoever waits for a worker that died is told that the session is gone.
func TestRelayOwnerDies(t *testing.T) { bothWays(t, relayOwnerDies) }

func relayOwnerDies(t *testing.T, later bool) {
	n := begin(t)
	n.start(0)
	n.start(1)
	q := n.session(1)
	waiting := n.asker(q, later)
	waiting.request("GET", q, "")
	n.poll(0, "POST", q, `42["none"]`).expect(200, "ok")
	n.tell(0, fdpass.Peer{Slot: 1, Life: n.slots[1].life})
	waiting.expect(400, unknownSID)
}

// What a worker that died had asked is given up: its client is gone.
func TestRelayAskerDies(t *testing.T) {
	n, gone := begin(t), make(chan string, 10)
	n.start(0)
	n.start(1, echo(gone))
	q, other := n.session(1), n.session(1)
	n.poll(0, "GET", q, "")
	n.poll(0, "POST", q, `42["none"]`).expect(200, "ok")
	here := n.poll(1, "GET", other, "") // waits at home, and goes on waiting
	n.tell(1, fdpass.Peer{Slot: 0, Life: n.slots[0].life})
	reason(t, gone, "transport error")
	n.poll(1, "POST", other, `421["echo"]`).expect(200, "ok")
	here.expect(200, "431[]")
}

// A request waits in the inbox of a slot without a worker, and the successor
// answers it.
func TestRelayWaitsForSuccessor(t *testing.T) {
	n := begin(t)
	n.start(0)
	n.start(1)
	q := n.session(1)
	n.stop(1)
	waiting := n.poll(0, "GET", q, "")
	n.poll(0, "GET", "", "").expect(200, `0{"sid":"`) // the one before has been read
	n.start(1)
	waiting.expect(400, unknownSID)
}

// A request for a slot whose inbox stays full is answered, and nothing of it
// reaches the slot later.
func TestRelayIntoAFullInbox(t *testing.T) {
	n := begin(t)
	n.start(0)
	n.start(1)
	q := n.session(1)
	first, later := n.asker(q, false), n.asker(q, true)
	n.stop(1)
	var err error
	filling := 0
	for ; err == nil; filling++ {
		err = n.slots[1].inbox.Send(fdpass.Answer, []byte("filling"), -1)
	}
	if !errors.Is(err, fdpass.ErrFull) {
		t.Fatal(err)
	}
	first.request("GET", q, "")
	later.request("GET", q, "")
	first.expect(503, "")
	later.expect(503, "")
	r := fdpass.NewReceiver(n.slots[1].read)
	for range filling - 1 {
		if m, err := r.TryReceive(); err != nil || m.Kind != fdpass.Answer {
			t.Fatal(m.Kind, err)
		}
	}
	waiting := n.poll(0, "GET", q, "")
	if m, err := r.Receive(); err != nil || m.Kind != fdpass.Request {
		t.Errorf("%v, %v", m.Kind, err)
	}
	waiting.Close()
	if m, err := r.Receive(); err != nil || m.Kind != fdpass.Cancel {
		t.Errorf("%v, %v", m.Kind, err)
	}
}

// Large answers cross both ways at once, more than the inboxes hold: neither
// worker waits for the other.
func TestRelayLargeAnswersBothWays(t *testing.T) {
	n, gone := begin(t), make(chan string, 100)
	n.start(0, echo(gone))
	n.start(1, echo(gone))
	long := strings.Repeat("x", 900_000)
	const sessions = 12
	var conns, posts []*connection
	var queries []string
	for i := range sessions {
		queries = append(queries, n.session(i%2))
		conns = append(conns, n.poll(1-i%2, "GET", queries[i], ""))
		posts = append(posts, n.poll(1-i%2, "POST", queries[i], `42["none"]`))
		posts[i].expect(200, "ok")
	}
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() {
			posts[i].request("POST", queries[i], fmt.Sprintf(`42%d["echo","%s"]`, i, long))
			posts[i].expect(200, "ok")
			conns[i].expect(200, fmt.Sprintf(`43%d["%s"]`, i, long))
		})
	}
	all.Wait()
}
