package scoreboard

import (
	"sync/atomic"
	"unsafe"
)

// Sizes of a Row.
const (
	Counters = 256
	Gauges   = 64
)

// State is what the master knows of a process.
type State uint32

// The states.
const (
	Down     State = iota // there is no process
	Starting              // it has not yet said that it serves
	Serving
	Stalled // serving by its own word, but it has not measured itself for long
)

var states = [...]string{Down: "down", Starting: "starting", Serving: "serving", Stalled: "stalled"}

// String is the state in one word of small letters.
func (s State) String() string {
	if int(s) >= len(states) {
		return "unknown"
	}
	return states[s]
}

// Row is one process's, or of the processes that follow each other in one slot. The zero Row is usable without a Board.
//
// The master writes Life to Started, the process itself the rest; once the process has died the master writes End.
type Row struct {
	Life     atomic.Uint64 // as in fdpass.Hello; 0: there has been none
	PID      atomic.Uint64 // 0: there is none
	Respawns atomic.Uint64 // times that a process died and was to be replaced
	Spilled  atomic.Uint64 // connections of the slot's addresses that were given to other slots
	State    atomic.Uint32 // a State
	_        uint32
	Started  atomic.Int64 // Unix time of the process's start, ns; 0: there is none

	Beat            atomic.Int64  // Now of its last Measure; 0: none yet
	Memory          atomic.Uint64 // resident set, bytes
	Descriptors     atomic.Uint64 // open
	DescriptorLimit atomic.Uint64 // that it may open
	CPU             atomic.Uint64 // user and system time of all processes of this row, ns: only grows

	cpuCounted         atomic.Uint64 // how much of the present process's time is in CPU
	descriptorsCounted atomic.Int64  // Now of the last count, where the kernel has to be asked for each

	Counters [Counters]atomic.Uint64 // only grow, also from one process to its successor
	Gauges   [Gauges]atomic.Uint64   // of the present process
	_        [rowBytes - rowUsed]byte
}

// rowBytes is a Row's size, whatever the machine's pages are: enough that no two rows share a cache line.
const rowBytes = 4096

const rowUsed = 5*8 + 8 + 5*8 + 2*8 + (Counters+Gauges)*8

// Does not compile when a Row is not rowBytes long.
var _ = [1]struct{}{}[unsafe.Sizeof(Row{})-rowBytes]

// Counters of the master's row.
const (
	Accepted       = iota // connections accepted
	Passed                // connections put into an inbox
	Waited                // connections that had to wait for room in their slot's inbox
	Refused               // connections answered with 503
	AcceptPauses          // times that accepting paused, out of descriptors or memory
	Discarded             // relayed pieces that died with a slot which stayed down
	Stalls                // times that a serving worker was found not to turn
	StallKills            // workers killed for it
	NodeChanges           // times that another machine had this one's number, and this one took another
	RefusedFull           // of Refused: all slots held as many as they may
	RefusedSite           // of Refused: the client's address had as many as it may
	RefusedRate           // of Refused: too many, or for too long, waited to be let in
	Delayed               // connections that had to wait to be let in
	Left                  // of Delayed: their clients had gone before their turn
	PeekOverflows         // of Refused: too many were being looked at for what their proxies say of them
	PeekTimeouts          // connections that did not bring in time what was to be looked at
	PeekDropped           // connections that ended before
	PeekTurns             // times that the master woke to look at connections
	ProxyMalformed        // connections closed for a PROXY header that is none
	MasterCounters
)

// Gauges of the master's row.
const (
	Peeking = iota // connections that are being looked at for what their proxies say of them
	MasterGauges
)

// Begin is the master's note that a process starts. Its PID is not known yet.
func (r *Row) Begin(life uint64, unixNano int64) {
	r.Life.Store(life)
	r.Started.Store(unixNano)
	r.State.Store(uint32(Starting))
}

// End is the master's note that the process has died: what was true of that one only is zero from now on.
func (r *Row) End() {
	r.State.Store(uint32(Down))
	r.PID.Store(0)
	r.Started.Store(0)
	r.Beat.Store(0)
	r.Memory.Store(0)
	r.Descriptors.Store(0)
	r.DescriptorLimit.Store(0)
	r.cpuCounted.Store(0)
	r.descriptorsCounted.Store(0)
	for i := range r.Gauges {
		r.Gauges[i].Store(0)
	}
}
