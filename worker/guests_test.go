package worker_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/turnstile"
	"golang.org/x/sys/unix"
)

// counted is what workers have noted of their connections, of one site.
type counted struct {
	*neighbours
	taken, ended, handed, lost [2]int
	others                     bool // connections of no site are not looked at
}

const site = 77

// counting are neighbours that note what becomes of their connections.
func counting(t *testing.T) *counted {
	t.Helper()
	n := begin(t)
	var err error
	if n.turnstile, err = turnstile.New(len(n.slots)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.turnstile.Close() })
	return &counted{neighbours: n}
}

// holding waits until each slot holds as many connections as said.
func (c *counted) holding(when string, want ...int) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		for slot := range c.slots {
			if !c.turnstile.Read(slot, func(e turnstile.Event) { c.note(slot, e) }) {
				c.t.Fatal("nonsense in the turnstile")
			}
		}
		right := true
		for slot, n := range want {
			right = right && c.taken[slot]-c.ended[slot]-c.handed[slot] == n
		}
		if right {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: want %v held: taken %v, ended %v, handed %v", when, want, c.taken, c.ended, c.handed)
		}
		runtime.Gosched()
	}
}

func (c *counted) note(slot int, e turnstile.Event) {
	if e.Site == 0 && c.others {
		return
	}
	if e.Site != site {
		c.t.Errorf("a connection of site %d", e.Site)
	}
	switch e.Kind {
	case turnstile.Taken:
		c.taken[slot]++
	case turnstile.Ended:
		c.ended[slot]++
	case turnstile.Handed:
		c.handed[slot]++
	case turnstile.Lost:
		c.lost[slot]++
	}
}

// visit passes a connection of the site to a worker.
func (c *counted) visit(slot int, accepted time.Time) *connection {
	c.t.Helper()
	return c.pass(slot, fdpass.AppendOrigin(nil, fdpass.Origin{
		Remote: fdpass.Addr{AddrPort: netip.MustParseAddrPort("192.0.2.1:5000")}, Accepted: accepted, Site: site,
	}))
}

// upgrade asks for a WebSocket; of no session where the query is empty.
func (c *connection) upgrade(query string) {
	c.t.Helper()
	fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket%s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", query)
	res, err := http.ReadResponse(c.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		c.t.Fatalf("%v, %v", res, err)
	}
}

// Each connection is noted once when it comes and once when it goes, whatever it was for, and whoever had it meanwhile.
func TestConnectionsAreCounted(t *testing.T) {
	c := counting(t)
	c.start(0)
	idle := c.visit(0, time.Now())
	c.holding("silent", 1)
	_ = idle.Close()
	c.holding("silent, closed", 0)

	poller := c.visit(0, time.Now())
	query := poller.open()
	poller.request("POST", query, "40")
	poller.expect(200, "ok")
	poller.request("GET", query, "")
	poller.expect(200, `40{"sid":"`)
	c.holding("between two polls", 1)
	poller.request("GET", query, "") // waits on the loop
	other := c.visit(0, time.Now())
	other.request("POST", query, "41")
	other.expect(200, "ok")
	c.holding("polling", 2)
	_ = poller.Close()
	c.holding("gone while polling", 1)
	_ = other.Close()
	c.holding("none", 0)

	socket := c.visit(0, time.Now())
	socket.upgrade("")
	c.holding("WebSocket", 1)
	_ = socket.Close()
	c.holding("WebSocket closed", 0)

	odd := c.visit(0, time.Now())
	fmt.Fprint(odd, "GET /elsewhere HTTP/1.1\r\nHost: h\r\n\r\n")
	odd.expect(404, "")
	c.holding("kept alive by fasthttp", 1)
	fmt.Fprint(odd, "no HTTP\r\n\r\n")
	odd.expect(400, "")
	c.holding("refused", 0)

	stale := c.visit(0, time.Now().Add(-time.Hour))
	stale.expect(503, "")
	c.holding("stale", 0)
	if c.taken != [2]int{6, 0} || c.ended != [2]int{6, 0} {
		t.Errorf("taken %v, ended %v", c.taken, c.ended)
	}
}

// An upgrade that is handed over counts in its new slot.
func TestHandoverIsCountedThere(t *testing.T) {
	c := counting(t)
	c.start(0)
	c.start(1)
	query := c.visit(0, time.Now()).open()
	c.holding("polling", 1, 0)
	socket := c.visit(1, time.Now())
	socket.upgrade(query)
	c.holding("upgraded", 2, 0)
	if c.handed != [2]int{0, 1} || c.taken != [2]int{2, 1} {
		t.Errorf("taken %v, handed %v", c.taken, c.handed)
	}
	_ = socket.Close()
	c.holding("closed there", 1, 0)
}

// Requests that are answered elsewhere leave their connection where it is.
func TestRelayedConnectionStays(t *testing.T) {
	c := counting(t)
	c.start(0)
	c.start(1)
	query := c.visit(0, time.Now()).open()
	far := c.visit(1, time.Now())
	far.request("POST", query, "40")
	far.expect(200, "ok")
	c.holding("relayed", 1, 1)
	_ = far.Close()
	c.holding("closed", 1, 0)
}

// A WebSocket of another machine's session counts once, where the client is; what
// stands for it at its home does not.
func TestTunnelCountsAtItsCarrier(t *testing.T) {
	carrier, home := counting(t), counting(t)
	carrier.others, home.others = true, true
	n := &nodes{t: t, nats: newNATS(t), a: carrier.neighbours, b: home.neighbours}
	n.b.node, n.b.boot, n.b.key = 8, 2, [16]byte{8, 8, 8}
	n.tap = listenIn(t, n.nats.bus)
	n.serve(n.a, 0)
	n.serve(n.b, 0)
	n.acquainted()
	for range 3 {
		poller := home.visit(0, time.Now())
		query := poller.open()
		socket := carrier.visit(0, time.Now())
		socket.upgrade(query)
		carrier.holding("carried", 1)
		home.holding("polling", 1)
		_ = poller.Close()
		home.holding("on WebSocket only", 0)
		carrier.holding("carried still", 1)
		_ = socket.Close()
		carrier.holding("closed", 0)
	}
	refused := carrier.visit(0, time.Now())
	fmt.Fprintf(refused, upgradeRequest, n.b.session(0)+"&EIO=3") // the first one counts
	if res, err := http.ReadResponse(refused.r, nil); err != nil || res.StatusCode == 0 {
		t.Fatal(res, err)
	}
	_ = refused.Close()
	carrier.holding("done", 0)
	if home.taken[0] != 3 || carrier.taken[0] != 4 {
		t.Errorf("taken %v and %v", carrier.taken, home.taken)
	}
}

// A worker that ends closes what it has, and says so.
func TestEndIsCounted(t *testing.T) {
	c := counting(t)
	c.start(0)
	c.visit(0, time.Now())
	c.visit(0, time.Now()).upgrade("")
	c.visit(0, time.Now()).open()
	c.holding("all", 3)
	c.stop(0)
	c.holding("stopped", 0)
}

// The API's connections count nowhere.
func TestAPIConnectionIsNotCounted(t *testing.T) {
	c := counting(t)
	c.start(0)
	a := c.pass(0, fdpass.AppendOrigin(nil, fdpass.Origin{Listener: 2, Accepted: time.Now()}))
	fmt.Fprint(a, "GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(a), nil); err != nil {
		t.Error(err)
	}
	c.holding("API", 0)
	if c.taken[0] != 0 {
		t.Error("counted")
	}
}

// A worker that is told to count, and cannot, says so and ends.
func TestNoTurnstile(t *testing.T) {
	n := begin(t)
	board, err := unix.MemfdCreate("none", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	n.falseTurnstile = board
	n.launch(0, fdpass.Bus{URLs: []string{"nats://127.0.0.1:1"}, Cluster: "test"})
	m, ok := n.hear(0).(fdpass.Failed)
	if !ok || !strings.Contains(m.Message, "turnstile") || bytes.ContainsRune([]byte(m.Message), '\n') {
		t.Errorf("%+v", m)
	}
	if err := <-n.slots[0].ended; err == nil {
		t.Error("it serves")
	}
	_ = n.slots[0].control.Close()
	n.slots[0].control = nil
}
