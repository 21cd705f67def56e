package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/driver"
)

const (
	soakClients   = 500
	soakVersions  = 48 // of them official clients: four of each version and mode
	soakSpeakers  = 4
	soakPause     = 600 * time.Millisecond // between two numbers of one speaker
	murderPause   = 5 * time.Second
	soakTime      = 2 * time.Minute
	soakTimeShort = 20 * time.Second
)

// soakFor is how long the soak lasts; E2E_SOAK says otherwise.
func soakFor(t *testing.T) time.Duration {
	t.Helper()
	if s := os.Getenv("E2E_SOAK"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatalf("E2E_SOAK: %v", err)
		}
		return d
	}
	if testing.Short() {
		return soakTimeShort
	}
	return soakTime
}

// official is what became of an official client.
type official struct {
	Name        string
	Heard, Lost int
	Faults      []string
	Done        bool
}

// TestSoak kills a random worker every 5 s, while 500 clients of all kinds hear
// numbers from several of them. No client stays away, and none hears a number
// twice, out of its sender's order, or misses one between two that it hears on
// one connection.
func TestSoak(t *testing.T) {
	t.Parallel()
	n := serve(t)
	soak(t, n, soakFor(t), func() (time.Duration, error) { return n.KillWorker(rand.N(workers), patience) })
}

// TestSoakRoundRobin is a shorter one in which most requests are relayed, and
// the broker dies as often as a worker.
func TestSoakRoundRobin(t *testing.T) {
	t.Parallel()
	n := serve(t, "--balance=round-robin")
	brokers := false
	soak(t, n, soakFor(t)/4, func() (time.Duration, error) {
		if brokers = !brokers; brokers {
			return n.KillBroker(patience)
		}
		return n.KillWorker(rand.N(workers), patience)
	})
}

// soak has one process after the other killed, for so long.
func soak(t *testing.T, n *node.Node, duration time.Duration, kill func() (time.Duration, error)) {
	t.Helper()
	versions := make(chan []official, 1)
	ctx := within(t, duration+4*patience)
	go func() {
		var outcome struct{ Clients []official }
		input := map[string]any{"url": "http://" + n.Addr, "copies": soakVersions / 12, "deadline": (duration + 3*patience).Milliseconds()}
		if err := driver.Run(ctx, ".", "soak.mjs", input, &outcome); err != nil {
			t.Error(err)
		}
		versions <- outcome.Clients
	}()
	all := gather(t, n, soakClients-soakVersions, func(o *crowd.Options) { o.Returns = true })
	s := speak(t, all[:soakSpeakers], soakPause)
	murder(t, duration, kill)
	said := s.End()

	late := within(t, patience)
	for _, m := range all {
		if err := m.Joined(late); err != nil {
			t.Errorf("%v %s stays away: %v", m.Kind(), m.From(), err)
		}
	}
	officials := finale(ctx, t, all, versions)
	spoken := 0
	for _, last := range said {
		spoken += last
	}
	t.Logf("%d numbers under %d names", spoken, len(said))
	judge(t, all, officials)
}

// murder kills a process every few seconds, until the time is up.
func murder(t *testing.T, duration time.Duration, kill func() (time.Duration, error)) {
	t.Helper()
	tick := time.NewTicker(murderPause)
	defer tick.Stop()
	over := time.After(duration)
	deaths, longest := 0, time.Duration(0)
	for {
		select {
		case <-tick.C:
			took, err := kill()
			if err != nil {
				t.Error(err)
			}
			deaths, longest = deaths+1, max(longest, took)
		case <-over:
			t.Logf("%d processes killed, each replaced within %v", deaths, longest)
			return
		}
	}
}

// finale has everybody hear a last number: each of the crowd the first one, and
// each official client one of those that are said until all are done.
func finale(ctx context.Context, t *testing.T, all []*member, versions <-chan []official) []official {
	t.Helper()
	if err := crowd.Say(ctx, all[0].Client, "finale", 1); err != nil {
		t.Fatal(err)
	}
	late := within(t, patience).Done()
	for _, m := range all {
		if !m.Heard(late, "finale", 1) {
			t.Errorf("%v %s does not hear the last number", m.Kind(), m.From())
		}
	}
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for number := 2; ; number++ {
		select {
		case <-again.C:
			if err := crowd.Say(ctx, all[0].Client, "finale", number); err != nil {
				t.Fatal(err)
			}
		case officials := <-versions:
			return officials
		}
	}
}

// particular is what makes alike reasons differ.
var particular = regexp.MustCompile(`"http[^"]*"|[\d.:]*\d+`)

func judge(t *testing.T, all []*member, officials []official) {
	t.Helper()
	reasons := make(map[string]int)
	heard, absence := 0, time.Duration(0)
	for _, m := range all {
		heard += m.Total()
		absence = max(absence, m.LongestAbsence())
		for _, f := range append(m.Faults(), m.Skipped()...) {
			t.Errorf("%v %s: %s", m.Kind(), m.From(), f)
		}
		for _, end := range m.Ends() {
			reasons[fmt.Sprintf("joined %v: %s", end.Joined, particular.ReplaceAllString(end.Err.Error(), "…"))]++
		}
	}
	t.Logf("%d clients of the crowd heard %d numbers; the longest absence was %v", len(all), heard, absence)
	for reason, times := range reasons {
		t.Logf("%d ends: %.160s", times, reason)
	}
	heard, lost := 0, 0
	for _, c := range officials {
		heard, lost = heard+c.Heard, lost+c.Lost
		if !c.Done {
			t.Errorf("%s stays away", c.Name)
		}
		for _, f := range c.Faults {
			t.Errorf("%s: %s", c.Name, f)
		}
	}
	if len(officials) != soakVersions {
		t.Errorf("%d official clients", len(officials))
	}
	t.Logf("%d official clients heard %d numbers and lost %d connections", len(officials), heard, lost)
}
