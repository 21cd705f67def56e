package metrics

import "github.com/ioserver/ioserver/fdpass/scoreboard"

// Recorder writes what a worker has counted into its row. It belongs to one
// goroutine: the loop's.
type Recorder struct {
	row    *scoreboard.Row
	read   func() Sample
	sample Sample                      // the last
	base   [scoreboard.Counters]uint64 // of the worker's predecessors in the slot
}

// NewRecorder goes on from what the row says.
func NewRecorder(row *scoreboard.Row, read func() Sample) *Recorder {
	r := &Recorder{row: row, read: read}
	for i := range r.base {
		r.base[i] = row.Counters[i].Load()
	}
	return r
}

// Record takes a sample, and measures the process, in some tens of
// microseconds.
func (r *Recorder) Record() {
	r.sample = r.read()
	for i := range table {
		m := &table[i]
		for j := range m.series {
			s := &m.series[j]
			switch {
			case s.field != nil:
			case m.kind == gauge:
				r.row.Gauges[s.cell].Store(s.read(&r.sample))
			default:
				r.row.Counters[s.cell].Store(r.base[s.cell] + s.read(&r.sample))
			}
		}
	}
	r.row.Measure()
}
