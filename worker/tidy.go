package worker

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// tidyQuiet is what a worker may allocate between two looks and still be
	// quiet, bytes.
	tidyQuiet = 128 << 10
	// tidyWorth is what has to be there to be given back, bytes; beyond four times
	// as much in use, a quarter of that.
	tidyWorth = 1 << 20
)

// tidy gives memory back to the system when the worker is quiet. The runtime
// would keep what a start or a rush of connections has left until as much has
// been allocated anew, which an idle worker never does.
type tidy struct {
	wg     *sync.WaitGroup
	read   []metrics.Sample
	before usage
	looked bool // before is known
	begun  bool // the start's remains are gone
}

// usage is of the heap, in bytes.
type usage struct {
	allocated uint64 // ever
	objects   uint64 // used, or not collected yet
	live      uint64 // of that, at the last collection
	free      uint64 // not given back
}

func newTidy(wg *sync.WaitGroup) *tidy {
	return &tidy{wg: wg, read: []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}}
}

// look is called at every pulse.
func (t *tidy) look() {
	metrics.Read(t.read)
	value := func(i int) uint64 { return t.read[i].Value.Uint64() }
	if t.due(usage{value(0), value(1), value(2), value(3)}) {
		t.wg.Go(tidyUp)
	}
}

// tidyUp collects twice: what lies in a sync.Pool outlives the first.
func tidyUp() {
	runtime.GC()
	debug.FreeOSMemory()
}

// due reports whether to give memory back now.
func (t *tidy) due(now usage) bool {
	before, looked := t.before, t.looked
	t.before, t.looked = now, true
	if !looked || now.allocated-before.allocated > tidyQuiet {
		return false
	}
	if !t.begun { // until the first collection, what is live is a guess
		t.begun = true
		return true
	}
	return now.objects+now.free >= now.live+max(tidyWorth, now.live/4)
}
