package main

import (
	"fmt"
	"io"
	"slices"
)

// relation is how a figure is compared with its yardstick.
type relation string

const (
	alone  relation = "alone"  // with the target itself
	ratio  relation = "ratio"  // by dividing
	beyond relation = "beyond" // by subtracting
	change relation = "change" // by the relative difference
)

// figure is one thing measured.
type figure struct {
	row, name string
	value     float64
	unit      string
	yard      string // name of the yardstick, "" for none
	yardValue float64
	how       relation
	target    float64 // at most; 0 with open: no target
	open      bool
}

// compared is what the target is for.
func (f figure) compared() float64 {
	switch {
	case f.how == alone || f.yard == "":
		return f.value
	case f.how == beyond:
		return f.value - f.yardValue
	case f.yardValue == 0:
		return 0
	case f.how == change:
		return f.value/f.yardValue - 1
	}
	return f.value / f.yardValue
}

func (f figure) verdict() string {
	switch {
	case f.open:
		return ""
	case f.how != alone && f.yard == "":
		return "no yardstick"
	case f.yard != "" && f.yardValue == 0 && (f.how == ratio || f.how == change):
		return "no measure"
	case f.compared() <= f.target:
		return "holds"
	}
	return "MISSED"
}

// print writes a line; noise is what else went on.
func (f figure) print(w io.Writer, noise string) {
	yard, target := "", ""
	if f.yard != "" {
		yard = fmt.Sprintf("%s %s %s, %s %s", f.yard, number(f.yardValue), f.unit, f.how, number(f.compared()))
	}
	if !f.open {
		target = "at most " + number(f.target)
	}
	fmt.Fprintf(w, "%-12s %-38s %10s %-8s %-48s %-16s %-8s %s\n", f.row, f.name, number(f.value), f.unit, yard, target, f.verdict(), noise)
}

func number(v float64) string {
	switch a := max(v, -v); {
	case v == float64(int64(v)) && a < 1e9:
		return fmt.Sprintf("%d", int64(v))
	case a >= 1000:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// medians are of figures that were measured several times, in the order in which
// they first were: of what is compared, the middle one as it is.
func medians(all []figure) (middle []figure) {
	byName := map[string][]figure{}
	var names []string
	for _, f := range all {
		key := f.row + " " + f.name
		if byName[key] == nil {
			names = append(names, key)
		}
		byName[key] = append(byName[key], f)
	}
	for _, n := range names {
		same := byName[n]
		slices.SortFunc(same, func(a, b figure) int {
			if a.compared() < b.compared() {
				return -1
			}
			return 1
		})
		middle = append(middle, same[(len(same)-1)/2])
	}
	return middle
}
