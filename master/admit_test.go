package master

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/fdpass/turnstile"
)

// do has loop do something, and returns when it has.
func (m *running) do(f func()) {
	done := make(chan struct{})
	m.run.post(func() { f(); close(done) })
	<-done
}

// keeper is a worker in the test's hands: it takes connections and keeps them.
type keeper struct {
	t     *testing.T
	inbox *fdpass.Receiver
	notes *turnstile.Writer
	kept  []int
	sites []uint64
}

// keep takes over from a worker that receives nothing. Like that it ends with its process.
func keep(t *testing.T, m *running, f *fakeSystem, slot int) *keeper {
	t.Helper()
	fd, err := unix.FcntlInt(uintptr(m.run.turnstile.Descriptor()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	board, err := turnstile.Open(fd, len(m.run.slots))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { board.Close() })
	p := f.last(fmt.Sprintf("ioserver: worker %d", slot))
	if !p.worker.hello.Turnstile {
		t.Error("the worker is not told to count")
	}
	k := &keeper{t: t, inbox: fdpass.NewReceiver(p.inbox), notes: board.Writer(slot)}
	t.Cleanup(func() {
		for range k.kept {
			k.end()
		}
		k.inbox.Close()
	})
	return k
}

// take takes the next connection.
func (k *keeper) take() {
	k.t.Helper()
	m, err := k.inbox.Receive()
	if err != nil {
		k.t.Fatal(err)
	}
	origin, _, ok := fdpass.ParseOrigin(m.Payload)
	if !ok {
		k.t.Fatal("no origin")
	}
	k.notes.Note(turnstile.Event{Kind: turnstile.Taken, Site: origin.Site})
	k.kept, k.sites = append(k.kept, m.FD), append(k.sites, origin.Site)
}

// end ends the oldest one.
func (k *keeper) end() {
	k.notes.Note(turnstile.Event{Kind: turnstile.Ended, Site: k.sites[0]})
	unix.Close(k.kept[0])
	k.kept, k.sites = k.kept[1:], k.sites[1:]
}

// knock connects, and closes with the test.
func (m *running) knock(t *testing.T, from string) net.Conn {
	t.Helper()
	c, err := dial("tcp", m.Addresses[0], from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// turnedAway expects 503 with Retry-After, and counts it under its reason.
func (m *running) turnedAway(t *testing.T, c net.Conn, cell int) {
	t.Helper()
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 503 ") || !strings.Contains(string(b), "Retry-After: 1\r\n") {
		t.Errorf("%q, %v", b, err)
	}
	if m.counter(cell)() == 0 || m.counter(scoreboard.Refused)() == 0 {
		t.Errorf("refused without being counted: %d, %d", m.counter(cell)(), m.counter(scoreboard.Refused)())
	}
}

// An address has its number of connections on the machine, on their way and taken; ends and deaths free them; others do not notice.
func TestPerAddressLimit(t *testing.T) {
	f := &fakeSystem{t: t}
	path := t.TempDir() + "/s"
	o := Options{
		Workers: 1, Listen: []string{"127.0.0.1:0", "unix:" + path}, API: []string{"127.0.0.1:0"},
		Limits: Limits{PerAddress: 3}, Worker: marshal(t, testConfig{NeverReceive: true}),
	}
	m := begin(t, o, f.system(), nil)
	k := keep(t, m, f, 0)
	for range 3 {
		m.knock(t, "127.0.0.2")
	}
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
	m.knock(t, "127.0.0.3")
	for range 4 {
		k.take()
	}
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
	k.end() // of 127.0.0.2
	m.knock(t, "127.0.0.2")
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
	for _, c := range []struct{ network, address string }{{"unix", path}, {"tcp", m.API[0]}} {
		for range 4 {
			conn, err := dial(c.network, c.address, "")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			k.take()
			if c.network == "tcp" { // nobody notes the API's
				k.sites[len(k.sites)-1] = 0
				k.notes.Note(turnstile.Event{Kind: turnstile.Ended})
				k.notes.Note(turnstile.Event{Kind: turnstile.Taken})
			}
		}
	}
	if n := m.counter(scoreboard.RefusedSite)(); n != 3 {
		t.Errorf("%d refused", n)
	}
}

// A worker's death frees what it held, not what its successor finds.
func TestPerAddressLimitAfterDeath(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 1, Limits: Limits{PerAddress: 4}, Worker: marshal(t, testConfig{NeverReceive: true})}
	m := begin(t, o, f.system(), nil)
	k := keep(t, m, f, 0)
	for range 4 {
		m.knock(t, "127.0.0.2")
	}
	m.counted(t, "passed", m.counter(scoreboard.Passed), 4)
	k.take()
	k.take()
	f.last("ioserver: worker 0").Kill()
	m.journal.await(t, "worker serves", 2)
	for _, fd := range k.kept {
		unix.Close(fd)
	}
	k.kept = nil
	m.knock(t, "127.0.0.2")
	m.knock(t, "127.0.0.2")
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
}

// Beyond --max-connections the next slot has them; where all are full, nobody.
func TestConnectionsLimit(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 2, Limits: Limits{Connections: 2}, API: []string{"127.0.0.1:0"}, Worker: marshal(t, testConfig{NeverReceive: true})}
	m := begin(t, o, f.system(), nil)
	for range 4 {
		m.knock(t, "127.0.0.2")
	}
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedFull)
	m.turnedAway(t, m.knock(t, "127.0.0.3"), scoreboard.RefusedFull)
	var spilled uint64
	for i := range 2 {
		k := keep(t, m, f, i)
		k.take()
		k.take()
		spilled += m.board.Slot(i).Spilled.Load()
		if i == 1 {
			k.end()
		}
	}
	if spilled != 2 {
		t.Errorf("%d spilled", spilled)
	}
	m.knock(t, "127.0.0.2")
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedFull)
	before := m.counter(scoreboard.Passed)()
	conn, err := dial("tcp", m.API[0], "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	m.counted(t, "passed", m.counter(scoreboard.Passed), before+1)
}

// A reload moves the limits; what was not counted from the start cannot be limited.
func TestLimitsReload(t *testing.T) {
	for _, counted := range []bool{true, false} {
		f, reloads := &fakeSystem{t: t}, make(chan Reload)
		o := Options{Workers: 1, Reload: reloads, Worker: marshal(t, testConfig{NeverReceive: true})}
		if counted {
			o.Limits = Limits{PerAddress: 1}
		}
		m := begin(t, o, f.system(), nil)
		m.knock(t, "127.0.0.2")
		reloads <- Reload{Limits: &Limits{PerAddress: 2, AcceptRate: 1000}}
		m.knock(t, "127.0.0.2")
		last := m.knock(t, "127.0.0.2")
		if counted {
			m.turnedAway(t, last, scoreboard.RefusedSite)
		} else {
			m.counted(t, "passed", m.counter(scoreboard.Passed), 3)
			m.journal.await(t, "not limited before a restart", 1)
		}
		m.do(func() {
			if m.run.door.gate.rate != 1000 {
				t.Error("the rate was not taken up")
			}
		})
		reloads <- Reload{Limits: &Limits{}}
		m.counted(t, "passed", m.counter(scoreboard.Passed), 2)
		if (m.run.turnstile != nil) != counted {
			t.Error("counted where nothing is limited, or not where it is")
		}
	}
}

// Those beyond the rate wait and are served, all of them, in order; without the API's.
func TestAcceptRateServesInOrder(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 1, Limits: Limits{AcceptRate: 50}, API: []string{"127.0.0.1:0"}, Worker: marshal(t, testConfig{NeverReceive: true})}
	m := begin(t, o, f.system(), nil)
	inbox := fdpass.NewReceiver(f.last("ioserver: worker 0").inbox)
	defer inbox.Close()
	m.still() // until all have come
	var ports []string
	const clients = 30
	for range clients {
		ports = append(ports, m.knock(t, "").LocalAddr().String())
	}
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), clients)
	m.do(func() { m.run.door.gate.filled = time.Now() })
	for i, want := range ports {
		msg, err := inbox.Receive()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(msg.FD)
		if origin, _, _ := fdpass.ParseOrigin(msg.Payload); origin.Remote.String() != want {
			t.Fatalf("connection %d is %s, want %s", i, origin.Remote, want)
		}
	}
	m.do(func() {
		if n := len(m.run.door.gate.line); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

// slow begins a master that lets one connection in, and no other for an hour.
func slow(t *testing.T, b gateBounds) *running {
	f := &fakeSystem{t: t}
	o := Options{Workers: 1, Limits: Limits{AcceptRate: 1}, API: []string{"127.0.0.1:0"}}
	return begin(t, o, f.system(), func(r *run) { r.door.gate.bounds = b })
}

// still keeps tokens from coming.
func (m *running) still() {
	m.do(func() { m.run.door.gate.tokens, m.run.door.gate.filled = 0, time.Now().Add(time.Hour) })
}

func TestAcceptRateBoundAndAge(t *testing.T) {
	m := slow(t, gateBounds{line: 3, age: 300 * time.Millisecond})
	if _, status, err := m.ask(t, ""); status != http.StatusOK || err != nil {
		t.Fatal(status, err)
	}
	m.still()
	var line []net.Conn
	for range 3 {
		line = append(line, m.knock(t, ""))
	}
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 3)
	m.turnedAway(t, m.knock(t, ""), scoreboard.RefusedRate)
	for _, c := range line {
		m.turnedAway(t, c, scoreboard.RefusedRate)
	}
	if n := m.counter(scoreboard.RefusedRate)(); n != 4 {
		t.Errorf("%d refused", n)
	}
	if _, status, err := ask("tcp", m.API[0], ""); status != http.StatusOK || err != nil {
		t.Errorf("the API waits too: %d, %v", status, err)
	}
}

// Who hangs up while waiting takes no token.
func TestAcceptRateSkipsWhoLeft(t *testing.T) {
	m := slow(t, gateBounds{line: 100, age: time.Hour})
	m.still()
	m.do(func() { m.run.door.gate.rate = 1 })
	for range 5 {
		m.knock(t, "").Close()
	}
	stays := m.knock(t, "")
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 6)
	m.do(func() { m.run.door.gate.tokens, m.run.door.gate.filled = 1, time.Now() })
	m.do(func() { m.run.door.turn(time.Now()) })
	if _, status, err := finish(stays); status != http.StatusOK || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if n := m.counter(scoreboard.Left)(); n != 5 {
		t.Errorf("%d left", n)
	}
}

// At the end those who wait are answered.
func TestStopAnswersTheLine(t *testing.T) {
	m := slow(t, gateBounds{line: 100, age: time.Hour})
	m.still()
	c := m.knock(t, "")
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 1)
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	if _, status, err := finish(c); status != http.StatusServiceUnavailable || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

// What is refused on its way to a worker counts no more.
func TestRefusedOnItsWayIsNotCounted(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 1, Limits: Limits{PerAddress: 2}, Worker: marshal(t, testConfig{NeverReceive: true})}
	m := begin(t, o, f.system(), func(r *run) { r.door.bounds = bounds{waiting: 8, total: 8, age: 100 * time.Millisecond} })
	m.block(t)
	for range 2 { // both wait until their time is up
		a, b := m.knock(t, ""), m.knock(t, "")
		for _, c := range []net.Conn{a, b} {
			if _, status, err := finish(c); status != http.StatusServiceUnavailable || err != nil {
				t.Errorf("%d, %v", status, err)
			}
		}
	}
	if n := m.counter(scoreboard.RefusedSite)(); n != 0 {
		t.Errorf("%d refused for their address", n)
	}
	m.do(func() {
		if n := len(m.run.door.ledger.sites); n != 0 {
			t.Errorf("%d sites are still counted", n)
		}
	})
}

func TestLimitsBelowZero(t *testing.T) {
	for _, l := range []Limits{{Connections: -1}, {PerAddress: -1}, {AcceptRate: -1}} {
		err := Run(t.Context(), Options{Listen: []string{"127.0.0.1:0"}, Workers: 1, Limits: l})
		if err == nil || !strings.Contains(err.Error(), "limit below 0") {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
