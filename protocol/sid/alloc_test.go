//go:build !race

// Under the race detector sync.Pool drops at random what it is given.

package sid_test

import (
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
)

func TestAllocatesNothing(t *testing.T) {
	k := sid.NewKey(secret)
	dst := make([]byte, 0, sid.Len)
	id := string(k.Append(nil, sid.EngineIO, home, random))
	forged := id[:27] + "_"
	if allocs := testing.AllocsPerRun(100, func() {
		dst = k.Append(dst[:0], sid.EngineIO, home, random)
		_, ok := k.Home(sid.EngineIO, id)
		_, no := k.Home(sid.EngineIO, forged)
		if !ok || no || !sid.Shape(id) {
			t.Fatal("wrong answer")
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
