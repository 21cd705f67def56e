package report

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is a distribution, in milliseconds.
type Latency struct {
	Count int64     `json:"count"`
	Mean  float64   `json:"mean"`
	P50   float64   `json:"p50"`
	P90   float64   `json:"p90"`
	P99   float64   `json:"p99"`
	P999  float64   `json:"p99.9"`
	Max   float64   `json:"max"`
	Curve []Percent `json:"curve"`
}

// Percent is a point of a distribution.
type Percent struct {
	Percentile float64 `json:"percentile"`
	Value      float64 `json:"ms"`
}

// NewLatency reads a histogram of nanoseconds; nil for an empty one.
func NewLatency(h *hdrhistogram.Histogram) *Latency {
	n := h.TotalCount()
	if n == 0 {
		return nil
	}
	at := func(p float64) float64 { return Milliseconds(h.ValueAtPercentile(p)) }
	l := &Latency{
		Count: n, Mean: math.Round(h.Mean()/1e3) / 1e3,
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: at(100),
	}
	// Ten points for each nine, as far as there are values to tell them apart.
	for i := 0; ; i++ {
		rest := math.Pow(10, -float64(i)/10)
		p := 100 * (1 - rest)
		l.Curve = append(l.Curve, Percent{Percentile: math.Round(p*1e6) / 1e6, Value: at(p)})
		if rest*float64(n) < 1 || i > 60 {
			return l
		}
	}
}

// Milliseconds is a duration of nanoseconds, to the microsecond.
func Milliseconds(ns int64) float64 { return math.Round(float64(ns)/1e3) / 1e3 }
