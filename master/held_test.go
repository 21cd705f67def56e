package master

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// What waits in the master leaves it descriptors to go on with.
func TestHeldFitsTheDescriptors(t *testing.T) {
	for _, c := range []struct{ descriptors, want int }{{0, 4096}, {1 << 20, 4096}, {16384, 4096}, {1024, 256}, {3, 1}} {
		f := &fakeSystem{t: t}
		sys := f.system()
		sys.descriptors = c.descriptors
		r := newRun(&Options{}, sys)
		if got := []int{r.door.bounds.total, r.door.gate.bounds.line, r.peeks.looking}; got[0] != c.want || got[1] != c.want || got[2] != c.want {
			t.Errorf("%d descriptors: %v, want %d", c.descriptors, got, c.want)
		}
	}
	if realSystem().descriptors < 256 {
		t.Error("the system's limit is not known")
	}
	f := &fakeSystem{t: t}
	sys := f.system()
	sys.descriptors = 40
	m := begin(t, Options{Workers: 1, Limits: Limits{AcceptRate: 1}}, sys, nil)
	m.still()
	for range 10 {
		m.knock(t, "")
	}
	m.turnedAway(t, m.knock(t, ""), scoreboard.RefusedRate)
	if strings.Contains(m.journal.String(), "accepting pauses") {
		t.Error("accepting pauses")
	}
}
