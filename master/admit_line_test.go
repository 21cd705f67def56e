package master

import (
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// lining begins a master whose line moves when the test has it move.
func lining(t *testing.T, o Options) *running {
	f := &fakeSystem{t: t}
	o.Workers, o.Limits.AcceptRate = 1, 1
	m := begin(t, o, f.system(), func(r *run) { r.door.gate.bounds.age, r.watch.bounds.every = time.Hour, time.Hour })
	m.still()
	return m
}

// move lets the first n of the line in.
func (m *running) move(n float64) {
	m.do(func() {
		g := &m.run.door.gate
		g.tokens, g.filled = n, time.Now().Add(time.Hour)
		m.run.door.turn(time.Now())
	})
}

// Who waits to be let in counts for its address: one address cannot fill the line.
func TestLineCountsForTheAddress(t *testing.T) {
	path := t.TempDir() + "/s"
	m := lining(t, Options{Listen: []string{"127.0.0.1:0", "unix:" + path}, Limits: Limits{PerAddress: 3}})
	var line []net.Conn
	for range 3 {
		line = append(line, m.knock(t, "127.0.0.2"))
	}
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 3)
	line = append(line, m.knock(t, "127.0.0.3"))
	for range 4 { // they have no address
		c, err := dial("unix", path, "")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		line = append(line, c)
	}
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 8)
	line[0].Close() // it takes nobody's turn, and counts no more
	m.move(1)
	m.counted(t, "left", m.counter(scoreboard.Left), 1)
	if _, status, err := finish(line[1]); status != http.StatusOK || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	m.do(func() {
		if n := m.run.door.ledger.sites; len(n) != 2 {
			t.Errorf("counted: %v", n)
		}
	})
	m.knock(t, "127.0.0.2")
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 9)
	m.turnedAway(t, m.knock(t, "127.0.0.2"), scoreboard.RefusedSite)
	for _, c := range line[1:] {
		defer c.Close()
	}
	m.do(func() { m.run.door.disband() })
	m.do(func() {
		for site, n := range m.run.door.ledger.sites { // what was let in, until its worker tells
			if n != 1 {
				t.Errorf("site %x still has %d", site, n)
			}
		}
	})
}

// A proxy's connections wait unread, and are looked at when it is their turn: each is its client's then.
func TestLineOfAProxy(t *testing.T) {
	m := lining(t, Options{TrustedProxies: []string{"127.0.0.1"}, ProxyProtocol: true, Limits: Limits{PerAddress: 2}})
	var line []net.Conn
	for i := range 6 {
		line = append(line, m.say(t, proxyAt, fmt.Sprintf("PROXY TCP4 192.0.2.%d 198.51.100.2 8080 443\r\n", i/3), bare))
	}
	m.counted(t, "delayed", m.counter(scoreboard.Delayed), 6)
	if n := m.board.Master().Gauges[scoreboard.Peeking].Load(); n != 0 {
		t.Errorf("%d are looked at while they wait", n)
	}
	m.move(6)
	served := make(map[string]int)
	for i, c := range line {
		a, status, err := finish(c)
		if err != nil || status == http.StatusOK && a.remote != fmt.Sprintf("192.0.2.%d:8080", i/3) {
			t.Errorf("connection %d: %+v, %d, %v", i, a, status, err)
		}
		served[fmt.Sprint(i/3, status)]++
	}
	if want := map[string]int{"0 200": 2, "0 503": 1, "1 200": 2, "1 503": 1}; fmt.Sprint(served) != fmt.Sprint(want) {
		t.Errorf("%v", served)
	}
}

// A value that is no address has a limit as well, whoever is trusted.
func TestPerAddressLimitOfOpaqueValues(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{
		Workers: 1, Balance: Header, BalanceHeader: "X-User", TrustedProxies: []string{proxyAt, "f000::/5", "f800::/6", "fc00::/7", "fe80::/10"},
		Limits: Limits{PerAddress: 1}, Worker: marshal(t, testConfig{NeverReceive: true}),
	}, f.system(), nil)
	const users = 32
	for n := range users {
		m.say(t, proxyAt, withHeader("X-User", fmt.Sprint("user ", n)))
		m.counted(t, "passed", m.counter(scoreboard.Passed), uint64(n+1))
		m.turnedAway(t, m.say(t, proxyAt, withHeader("X-User", fmt.Sprint("user ", n))), scoreboard.RefusedSite)
	}
}
