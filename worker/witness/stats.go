package witness

import "sync/atomic"

// Stats are counters since New, but for the last five.
type Stats struct {
	Told      uint64 // entries of others that were told
	Lost      uint64 // that could not be
	Disowned  uint64 // entries of our own that another had told
	Overflows uint64 // entries that the witness, or the estate, does not keep: too long, or too many
	Malformed uint64 // frames that did not parse

	Owed      int  // entries of our own
	Wards     int  // others that keep theirs here
	Kept      int  // entries of those
	Left      int  // earlier workers of the slot that it is not clear for who tells
	Witnessed bool // somebody is our witness, and has heard all
}

type counters struct {
	told, lost, disowned, overflows, malformed atomic.Uint64
}

// Stats is a snapshot.
func (w *Witness) Stats() Stats {
	s := Stats{
		Told: w.counters.told.Load(), Lost: w.counters.lost.Load(), Disowned: w.counters.disowned.Load(),
		Overflows: w.counters.overflows.Load(), Malformed: w.counters.malformed.Load(),
	}
	s.Wards, s.Kept = w.keeper.load()
	s.Left = int(w.heir.open.Load())
	w.ward.mu.Lock()
	defer w.ward.mu.Unlock()
	s.Owed, s.Witnessed = len(w.ward.owed), w.ward.witness != nil && w.ward.whole
	return s
}
