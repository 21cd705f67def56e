package worker

import (
	"sync"
	"testing"
)

// Memory is given back after the start, and later when there is enough of it,
// but only while little is allocated.
func TestTidyDue(t *testing.T) {
	const kb, mb = 1 << 10, 1 << 20
	var d tidy
	for i, x := range []struct {
		usage
		due bool
	}{
		{usage{3 * mb, 3 * mb, 2 * mb, 0}, false},                     // nothing to compare with
		{usage{4 * mb, 4 * mb, 2 * mb, 0}, false},                     // still starting
		{usage{4*mb + 10*kb, 4*mb + 10*kb, 2 * mb, 0}, true},          // started
		{usage{4*mb + 20*kb, 1*mb + 10*kb, 1 * mb, 0}, false},         // nothing to give
		{usage{20 * mb, 5 * mb, 2 * mb, 0}, false},                    // clients come
		{usage{20*mb + tidyQuiet, 5 * mb, 2 * mb, 0}, true},           // have come
		{usage{20*mb + tidyQuiet, 4 * mb, 4 * mb, mb - 1}, false},     // not enough
		{usage{20*mb + tidyQuiet, 4 * mb, 4 * mb, mb}, true},          // free, not garbage
		{usage{20*mb + tidyQuiet, 41 * mb, 40 * mb, 8 * mb}, false},   // not enough for as much
		{usage{20*mb + tidyQuiet, 48 * mb, 40 * mb, 2 * mb}, true},    // enough
		{usage{22*mb + tidyQuiet, 60 * mb, 40 * mb, 2 * mb}, false},   // busy again
		{usage{22*mb + tidyQuiet, 30 * mb, 40 * mb, 2 * mb}, false},   // freed since
		{usage{22*mb + 2*tidyQuiet, 50 * mb, 40 * mb, 2 * mb}, true},  // quiet is at most
		{usage{22*mb + 3*tidyQuiet + 1, 50 * mb, 40 * mb, 0}, false},  // and not more
		{usage{22*mb + 3*tidyQuiet + 1, 40 * mb, 40 * mb, kb}, false}, // nothing to give
	} {
		if got := d.due(x.usage); got != x.due {
			t.Errorf("look %d: %v", i, got)
		}
	}
}

// What is read is there.
func TestTidyReads(t *testing.T) {
	var wg sync.WaitGroup
	d := newTidy(&wg)
	for range 2 {
		d.look()
	}
	wg.Wait()
	if b := d.before; b.allocated == 0 || b.objects == 0 || b.objects > b.allocated {
		t.Errorf("%+v", b)
	}
}
