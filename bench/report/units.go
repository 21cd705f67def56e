package report

import (
	"fmt"
	"math"
	"strings"
)

// Count is a number with commas between thousands.
func Count(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// plural is a number of things.
func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(int64(n)) + " " + more
}

// significant is a value in three figures, or all that stand before the point.
func significant(v float64) string {
	a := math.Abs(v)
	switch {
	case a >= 100 || a == 0:
		return Count(int64(math.Round(v)))
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// Rate is so many a second.
func Rate(v float64) string { return significant(v) }

// Duration is milliseconds in the unit that suits.
func Duration(ms float64) string {
	switch {
	case ms == 0:
		return "0"
	case ms < 1:
		return significant(ms*1000) + " µs"
	case ms < 1000:
		return significant(ms) + " ms"
	}
	return significant(ms/1000) + " s"
}

// Bytes is a size in the unit that suits; 1 kB is 1,000 bytes.
func Bytes(n int64) string {
	v := float64(n)
	switch a := math.Abs(v); {
	case a < 1000:
		return fmt.Sprintf("%d B", n)
	case a < 1e6:
		return significant(v/1e3) + " kB"
	case a < 1e9:
		return significant(v/1e6) + " MB"
	}
	return significant(v/1e9) + " GB"
}
