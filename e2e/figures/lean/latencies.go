package lean

import (
	"slices"
	"time"
)

// Latencies are nanoseconds, in the order in which they were taken.
type Latencies []int64

// At is the quantile q, of 0 to 1; 0 where there are none.
func (l Latencies) At(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	s := slices.Clone(l)
	slices.Sort(s)
	return time.Duration(s[int(q*float64(len(s)-1)+0.5)])
}
