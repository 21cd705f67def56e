package report

import "math"

// tick is a labelled place of an axis.
type tick struct {
	at    float64
	label string
}

// axis maps values to 0..1.
type axis struct {
	low, high float64 // as they are mapped: logarithms, where log is set
	log       bool
	ticks     []tick
}

func (a *axis) place(v float64) float64 {
	if a.log {
		v = math.Log10(max(v, 1e-9))
	}
	if a.high == a.low {
		return 0
	}
	return (v - a.low) / (a.high - a.low)
}

// linear is an axis from low to at least high, with about five ticks at round values.
func linear(low, high float64, label func(float64) string) axis {
	if high <= low {
		high = low + 1
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if (high-low)/(step*m) <= 5 {
			step *= m
			break
		}
	}
	a := axis{low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step}
	for i := 0; ; i++ {
		v := a.low + float64(i)*step
		if v > a.high+step/2 {
			return a
		}
		a.ticks = append(a.ticks, tick{v, label(v)})
	}
}

// logarithmic is an axis with a tick at each decade, and at 2 and 5 where there
// are few.
func logarithmic(low, high float64, label func(float64) string) axis {
	low, high = max(low, 1e-6), max(high, low*1.1, 1e-6)
	a := axis{log: true, low: math.Floor(math.Log10(low)), high: math.Ceil(math.Log10(high))}
	if a.high == a.low {
		a.high++
	}
	between := []float64{1}
	if a.high-a.low <= 2 {
		between = []float64{1, 2, 5}
	}
	for d := a.low; d <= a.high; d++ {
		for _, m := range between {
			v := m * math.Pow(10, d)
			if math.Log10(v) <= a.high+1e-9 {
				a.ticks = append(a.ticks, tick{v, label(v)})
			}
		}
	}
	return a
}

// nines is the axis of percentiles: each nine takes as much room as the one before.
func nines(highest float64) axis {
	a := axis{low: 0, high: max(1, math.Ceil(nine(highest)*4)/4)}
	for i, label := range []string{"p0", "p90", "p99", "p99.9", "p99.99", "p99.999", "p99.9999"} {
		if float64(i) <= a.high {
			a.ticks = append(a.ticks, tick{float64(i), label})
		}
	}
	a.ticks = append(a.ticks[:1], append([]tick{{nine(50), "p50"}}, a.ticks[1:]...)...)
	return a
}

func nine(percentile float64) float64 { return -math.Log10(max(1-percentile/100, 1e-7)) }
