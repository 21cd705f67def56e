package cluster

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// runNATS runs a NATS server of the user's at that address, until stop or the
// test's end.
func runNATS(t *testing.T, address string) (serverURL string, stop func()) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	o := &server.Options{Host: host, NoSigs: true, NoLog: true, Username: "someone", Password: "hush"}
	if _, err := fmt.Sscan(port, &o.Port); err != nil {
		t.Fatal(err)
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	stop = func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	t.Cleanup(stop)
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not start")
	}
	return natsURL(s.Addr().String()), stop
}

func natsURL(address string) string {
	u := url.URL{Scheme: "nats", User: url.UserPassword("someone", "hush"), Host: address}
	return u.String()
}

// absent is an address at which nothing listens.
func absent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestTwoServersShareNATS runs two servers on the user's own NATS: their clients
// hear each other. A third one, of another name on the same NATS, hears nothing.
// When NATS is restarted, what was said meanwhile reaches everybody, once and in
// order.
func TestTwoServersShareNATS(t *testing.T) {
	t.Parallel()
	nats, stopNATS := runNATS(t, "127.0.0.1:0")
	one := serve(t, "--nats="+nats, "--workers=3", "--cluster=ours")
	two := serve(t, "--nats="+nats, "--workers=3", "--cluster=ours")
	other := serve(t, "--nats="+nats, "--workers=1", "--cluster=theirs")
	all := append(gather(t, one, 20, nil), gather(t, two, 20, nil)...)
	stranger := gather(t, other, 1, nil)[0]
	s := speak(t, []*member{all[0], all[1], all[20], all[21]}, 50*time.Millisecond)
	hears(t, all[9], 40)
	hears(t, all[29], 40)
	stopNATS()
	for i := 1; i <= meanwhile; i++ {
		if err := crowd.Say(within(t, patience), all[10].Client, "meanwhile", i); err != nil {
			t.Fatalf("without NATS: %v", err)
		}
	}
	back := time.Now()
	runNATS(t, strings.SplitN(nats, "@", 2)[1])
	late := within(t, patience).Done()
	for _, m := range all {
		if !m.Await(late, "meanwhile", meanwhile) {
			t.Errorf("%v in slot %d misses %v", m.Kind(), m.Slot, m.Missing("meanwhile", meanwhile))
		}
	}
	t.Logf("messages are whole %v after NATS was back", time.Since(back))
	heardAll(t, all, s.End())
	if heard := stranger.Total(); heard > 0 {
		t.Errorf("a client of another cluster heard %d", heard)
	}
	if b, err := one.Broker(); err == nil {
		t.Errorf("a broker of its own runs: process %d", b)
	}
}

// TestServesWithoutItsNATS starts a server whose NATS is not there. It serves,
// and its clients hear those of their own worker; it says so at growing pauses;
// and when the NATS server appears, the workers find each other.
func TestServesWithoutItsNATS(t *testing.T) {
	t.Parallel()
	at := absent(t)
	n := serve(t, "--nats="+natsURL(at), "--workers=2")
	all := gather(t, n, 24, nil)
	speaker := all[0]
	if err := crowd.Say(within(t, patience), speaker.Client, "alone", 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.Slot == speaker.Slot && !m.Heard(within(t, patience).Done(), "alone", 1) {
			t.Errorf("%v on the speaker's worker hears nothing", m.Kind())
		}
	}
	var complaints []node.Line
	await.Eventually(t, patience, "says so again", func() (bool, string) {
		complaints = n.Lines(func(l node.Line) bool {
			return l.Int("slot") == 0 && (l.Fields["level"] == "WARN" || l.Fields["level"] == "ERROR")
		})
		return len(complaints) >= 4, fmt.Sprint(len(complaints), " lines")
	})
	for i := 1; i < 4; i++ {
		t.Logf("said after another %v: %s", complaints[i].At.Sub(complaints[i-1].At).Round(time.Millisecond), complaints[i].Text)
	}
	if first, second := complaints[2].At.Sub(complaints[1].At), complaints[3].At.Sub(complaints[2].At); second <= first {
		t.Errorf("pauses do not grow: %v, %v", first, second)
	}
	appeared := time.Now()
	runNATS(t, at)
	for number := 1; ; number++ {
		if err := crowd.Say(within(t, patience), speaker.Client, "together", number); err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, m := range all {
			if !m.Heard(within(t, 100*time.Millisecond).Done(), "together", number) {
				missing++
			}
		}
		if missing == 0 {
			break
		}
		if time.Since(appeared) > patience {
			t.Fatalf("%d of %d clients do not hear", missing, len(all))
		}
	}
	t.Logf("together %v after the NATS server appeared", time.Since(appeared))
	for _, m := range all {
		if f, ends := m.Faults(), m.Ends(); len(f) > 0 || len(ends) > 0 {
			t.Errorf("%v: %v %v", m.Kind(), f, ends)
		}
	}
}

// TestRequiredNATSDoesNotAnswer ends with 1 after 10 s.
func TestRequiredNATSDoesNotAnswer(t *testing.T) {
	t.Parallel()
	began := time.Now()
	at := absent(t)
	n, err := node.Launch(program, nil, "--nats="+natsURL(at), "--nats-required", "--workers=2")
	if err != nil {
		t.Fatal(err)
	}
	endAfter(t, n, n.Kill)
	status, err := n.Exit(patience)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	said := n.Lines(func(l node.Line) bool { return l.Fields == nil && strings.HasPrefix(l.Text, "ioserver: ") })
	if status != 1 || len(said) != 1 || !strings.Contains(said[0].Text, at) || strings.Contains(said[0].Text, "hush") {
		t.Fatalf("status %d, said %v", status, said)
	}
	t.Logf("ended with %d after %v: %s", status, took, said[0].Text)
}
