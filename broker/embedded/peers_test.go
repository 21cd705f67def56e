package embedded_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker/embedded"
)

const shared = "a secret that machines share"

// machine is a server that others join.
type machine struct {
	embedded.Config
	address string // where others join it
	log     *journal
	url     string
	stop    func()
}

// journal keeps what a server logs.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed and replaced at every line
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(b)
	close(j.more)
	j.more = make(chan struct{})
	return len(b), nil
}

func (j *journal) all() (string, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String(), j.more
}

// await returns the first line that has all of these texts.
func (j *journal) await(t *testing.T, texts ...string) string {
	t.Helper()
	late := time.After(2 * patience)
	for {
		text, more := j.all()
	line:
		for _, line := range strings.Split(text, "\n") {
			for _, want := range texts {
				if !strings.Contains(line, want) {
					continue line
				}
			}
			return line
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("no line with %q in\n%s", texts, text)
		}
	}
}

// times is how many lines have text.
func (j *journal) times(text string) int {
	all, _ := j.all()
	return strings.Count(all, text)
}

var lastHost atomic.Int32

// loopback is an address of this machine's that no other test has.
func loopback() string {
	n := lastHost.Add(1)
	return fmt.Sprintf("127.0.%d.%d", 20+n/250, 1+n%250)
}

// unused is a port that is free at all of the hosts.
func unused(t *testing.T, hosts ...string) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort(hosts[0], "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		free := true
		for _, host := range hosts[1:] {
			other, err := net.Listen("tcp", net.JoinHostPort(host, port))
			if err != nil {
				free = false
				break
			}
			defer other.Close()
		}
		if free {
			return port
		}
	}
	t.Fatal("no port")
	return ""
}

// alone is a machine that joins nobody, and is not started yet.
func alone(t *testing.T) *machine {
	t.Helper()
	host := loopback()
	return at(t, net.JoinHostPort(host, unused(t, host)))
}

func at(t *testing.T, address string) *machine {
	t.Helper()
	m := &machine{Config: config(), address: address, log: &journal{more: make(chan struct{})}}
	m.Peering = &embedded.Peering{Listen: address, Secret: derived(t, "test", shared)}
	m.Logger = slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	m.Stats = new(embedded.Stats)
	return m
}

func derived(t *testing.T, cluster, secret string) string {
	t.Helper()
	s, err := embedded.RouteSecret(cluster, secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start ends with the test. Whatever was logged by then has no secret in it.
func (m *machine) start(t *testing.T) *machine {
	t.Helper()
	m.url, m.stop = run(t, m.Config)
	t.Cleanup(func() {
		m.stop()
		text, _ := m.log.all()
		for _, secret := range []string{shared, m.Peering.Secret, m.Internal.Secret, m.Application.Secret} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the log of %s", m.address)
			}
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", m.address, text)
		}
	})
	return m
}

func (m *machine) joins(others ...*machine) *machine {
	for _, o := range others {
		m.Peering.Join = append(m.Peering.Join, o.address)
	}
	return m
}

// joined waits until the machine is connected to n others.
func (m *machine) joined(t *testing.T, n uint64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s is connected to %d others", m.address, n), func() bool { return m.Stats.Routes.Load() == n })
}

// eventually asks again and again, for what tells nobody.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(3 * patience)
	for !happened() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not so: %s", what)
		}
	}
}

// hear returns what its clients receive on the subject.
func (m *machine) hear(t *testing.T, subject string) <-chan *nats.Msg {
	t.Helper()
	nc := connect(t, m.url, m.Internal)
	heard := make(chan *nats.Msg, 1000)
	if _, err := nc.ChanSubscribe(subject, heard); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return heard
}

// whole: what a client of any of the machines publishes reaches those of all.
func whole(t *testing.T, all ...*machine) {
	t.Helper()
	for i, to := range all {
		for k, from := range all {
			subject := fmt.Sprintf("from.%d.to.%d", k, i)
			heard, nc := to.hear(t, subject), connect(t, from.url, from.Internal)
			eventually(t, subject, func() bool { // a subscription takes its time to be known everywhere
				if err := nc.Publish(subject, nil); err != nil {
					t.Fatal(err)
				}
				if err := nc.Flush(); err != nil {
					t.Fatal(err)
				}
				select {
				case <-heard:
					return true
				default:
					return false
				}
			})
		}
	}
}

// TestServersJoinInAnyOrder: all but the first know the first, and meet the
// others by it.
func TestServersJoinInAnyOrder(t *testing.T) {
	for _, order := range [][3]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			t.Parallel()
			all := []*machine{alone(t), alone(t), alone(t)}
			all[1].joins(all[0])
			all[2].joins(all[0])
			for _, i := range order {
				all[i].start(t)
			}
			for _, m := range all {
				m.joined(t, 2)
			}
			whole(t, all...)
		})
	}
}

// TestEverybodyNamesEverybody, itself too: each pair has one connection in the
// end, and nobody tries on.
func TestEverybodyNamesEverybody(t *testing.T) {
	t.Parallel()
	all := []*machine{alone(t), alone(t), alone(t)}
	for _, m := range all {
		m.joins(all...).start(t)
	}
	for _, m := range all {
		m.joined(t, 2)
	}
	whole(t, all...)
	for _, m := range all {
		if n := m.log.times("a server is not joined"); n > 0 {
			t.Errorf("%s: %d complaints", m.address, n)
		}
	}
}

// TestServerLeavesAndComesBack, and so does the one that all others joined by.
func TestServerLeavesAndComesBack(t *testing.T) {
	t.Parallel()
	a, b, c := alone(t), alone(t), alone(t)
	a.start(t)
	b.joins(a).start(t)
	c.joins(a).start(t)
	for _, m := range []*machine{a, b, c} {
		m.joined(t, 2)
	}
	for _, m := range []*machine{b, a} {
		m.stop()
		for _, other := range []*machine{a, b, c} {
			if other != m {
				other.joined(t, 1)
				other.log.await(t, "a server is gone")
			}
		}
		m.start(t)
		for _, m := range []*machine{a, b, c} {
			m.joined(t, 2)
		}
		whole(t, a, b, c)
	}
}

// TestNameStandsForMany: addresses are taken up as the name gets them.
func TestNameStandsForMany(t *testing.T) {
	t.Parallel()
	hosts := []string{loopback(), loopback(), loopback()}
	port := unused(t, hosts...)
	var all []*machine
	for _, host := range hosts {
		all = append(all, at(t, net.JoinHostPort(host, port)))
	}
	var many atomic.Bool
	all[2].Peering.Join = []string{"machines.test:" + port}
	all[2].Peering.Lookup = func(_ context.Context, name string) ([]string, error) {
		switch {
		case name != "machines.test":
			t.Errorf("asked for %s", name)
		case many.Load():
			return hosts, nil
		}
		return hosts[:1], nil
	}
	for _, m := range all {
		m.start(t)
	}
	all[2].joined(t, 1)
	all[0].joined(t, 1)
	if n := all[1].Stats.Routes.Load(); n != 0 {
		t.Errorf("%d others known to one that nobody knows", n)
	}
	many.Store(true)
	for _, m := range all {
		m.joined(t, 2)
	}
	whole(t, all...)
}

// TestNameIsNotFound at first.
func TestNameIsNotFound(t *testing.T) {
	t.Parallel()
	a, b := alone(t).start(t), alone(t)
	host, port, _ := net.SplitHostPort(a.address)
	var there atomic.Bool
	b.Peering.Join = []string{"later.test:" + port}
	b.Peering.Lookup = func(context.Context, string) ([]string, error) {
		if !there.Load() {
			return nil, &net.DNSError{Err: "no such host", Name: "later.test", IsNotFound: true}
		}
		return []string{host}, nil
	}
	b.start(t)
	b.log.await(t, "a name to join is not found", "later.test")
	there.Store(true)
	b.joined(t, 1)
	whole(t, a, b)
}
