package report

import (
	"cmp"
	"maps"
	"slices"
)

// mostReasons is how many different ones are told.
const mostReasons = 5

// reasons are why clients were lost, the most frequent first.
func (s *Scenario) reasons() []string {
	names := slices.SortedFunc(maps.Keys(s.Why), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Why[b], s.Why[a]), cmp.Compare(a, b))
	})
	var all []string
	for _, name := range names[:min(len(names), mostReasons)] {
		all = append(all, Count(s.Why[name])+" × "+name)
	}
	return all
}
