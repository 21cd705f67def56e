package master

import "sync/atomic"

// Counters count what the master has done. Any goroutine may read them.
type Counters struct {
	Accepted     atomic.Uint64 // connections accepted
	Passed       atomic.Uint64 // connections put into an inbox
	Waited       atomic.Uint64 // connections that had to wait for room in their slot's inbox
	Refused      atomic.Uint64 // connections answered with 503
	AcceptPauses atomic.Uint64 // times that accepting paused, out of descriptors or memory
	Respawns     atomic.Uint64 // children started in a dead one's place
	Discarded    atomic.Uint64 // relayed pieces that died with a slot which stayed down
}
