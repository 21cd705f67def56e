package load

import "math"

// never is a time that does not come.
const never = math.MaxInt64

// pacer is the timetable of an open loop: message i is due at a time that does not
// depend on what became of those before it.
type pacer struct {
	start    int64
	interval float64 // nanoseconds; 0: there is no timetable
	count    int64   // of those that went
}

// newPacer begins a timetable of so many a second, of which the first is a
// fraction of the interval away: threads take turns.
func newPacer(now int64, perSecond, fraction float64) pacer {
	if perSecond <= 0 {
		return pacer{}
	}
	interval := 1e9 / perSecond
	return pacer{start: now + int64(interval*fraction), interval: interval}
}

func (p *pacer) open() bool { return p.interval > 0 }

// due is when the next one is.
func (p *pacer) due() int64 { return p.start + int64(float64(p.count)*p.interval) }
