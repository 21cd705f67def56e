package operate

import (
	"syscall"
	"testing"
)

// TestLastWordsAreWritten: children that lose their master end at once, and yet
// say why.
func TestLastWordsAreWritten(t *testing.T) {
	p := start(t, setup{flags: []string{"--listen=127.0.0.1:0"}})
	p.serves(t)
	p.signal(t, syscall.SIGKILL)
	<-p.exited
	said := make(map[any]bool)
	for _, r := range records(p.output()) {
		if r["msg"] == "the master is gone" {
			said[r["slot"]], said[r["role"]] = true, true
		}
	}
	for _, who := range []any{0.0, 1.0, "broker"} {
		if !said[who] {
			t.Errorf("not a word of %v", who)
		}
	}
}
