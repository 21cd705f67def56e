// Package await waits for what tells nobody when it happens.
package await

import (
	"testing"
	"time"
)

// pause is how long it is left alone between two questions.
const pause = 20 * time.Millisecond

// Eventually asks again and again whether it has happened, and ends the test if it
// has not within patience, with how things stand.
func Eventually(t testing.TB, patience time.Duration, what string, happened func() (ok bool, state string)) {
	t.Helper()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for late := time.After(patience); ; {
		ok, state := happened()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: still %s after %v", what, state, patience)
		}
	}
}
