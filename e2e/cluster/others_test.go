package cluster

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

// speak has the members say a number each pause, until its end.
func speak(t *testing.T, members []*member, pause time.Duration) *crowd.Speech {
	speakers := make([]crowd.Speaker, len(members))
	for i, m := range members {
		speakers[i] = crowd.Speaker{Client: m.Client, Name: m.From() + " " + m.ID}
	}
	return crowd.Begin(within(t, 10*time.Minute), speakers, pause) // steps end by themselves; this is for a server that answers nothing
}

// heardAll waits until the members have heard everything said, once and in
// order.
func heardAll(t *testing.T, members []*member, said map[string]int) {
	t.Helper()
	over := within(t, patience).Done()
	for _, m := range members {
		for name, last := range said {
			if !m.Await(over, name, last) {
				t.Errorf("%v %s slot %d: lost %v of %s", m.Kind(), m.From(), m.Slot, m.Missing(name, last), name)
			}
		}
		if f := m.Faults(); len(f) > 0 {
			t.Errorf("%v %s slot %d: %v", m.Kind(), m.From(), m.Slot, f)
		}
	}
}

// TestOthersDoNotNoticeADeath kills a worker while over 200 clients of the other
// ones, of all kinds, hear what some of them say: none is disconnected, nothing
// is lost, nothing comes twice or out of order.
func TestOthersDoNotNoticeADeath(t *testing.T) {
	t.Parallel()
	n := serve(t)
	all := gather(t, n, 260, func(o *crowd.Options) { o.Returns = true })
	victim := all[0].Slot
	var others, victims []*member
	for _, m := range all {
		if m.Slot == victim {
			victims = append(victims, m)
		} else {
			others = append(others, m)
		}
	}
	if len(others) < 200 { // 227 on average
		t.Fatalf("%d clients on the other workers", len(others))
	}
	s := speak(t, others[:4], 200*time.Millisecond)
	hears(t, others[9], 20)
	took, err := n.KillWorker(victim, patience)
	if err != nil {
		t.Error(err)
	}
	late := within(t, patience)
	for _, m := range victims {
		if err := errors.Join(m.Ended(late, 1), m.Joined(late)); err != nil {
			t.Errorf("client of the dead worker: %v", err)
		}
	}
	hears(t, others[9], others[9].Total()+20)
	said := s.End()
	heardAll(t, others, said)
	for _, m := range others {
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v in slot %d was disconnected: %v", m.Kind(), m.Slot, ends)
		}
	}
	for _, m := range victims {
		if f := m.Faults(); len(f) > 0 {
			t.Errorf("%v of the dead worker: %v", m.Kind(), f)
		}
	}
	t.Logf("worker replaced after %v; %d other clients heard %v", took, len(others), said)
}

// hears waits until the member has heard so many numbers.
func hears(t *testing.T, m *member, total int) {
	t.Helper()
	await.Eventually(t, patience, "messages flow", func() (bool, string) { return m.Total() >= total, "silent" })
}
