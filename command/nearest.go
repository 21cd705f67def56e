package command

import "strings"

// didYouMean is the end of a sentence about a name that there is not: the
// nearest one that there is, or nothing.
func didYouMean(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return ", did you mean " + n + "?"
	}
	return ""
}

// nearest is the known name that somebody may have meant: written in another
// way (pingInterval, PING_INTERVAL), mistyped in a third of its letters, or the
// only one that begins so. "" where nothing is near.
func nearest(name string, known []string) string {
	if len(name) > quoted {
		return ""
	}
	typed := letters(name)
	best, least := "", max(1, len(typed)/3)+1
	var begin []string
	for _, k := range known {
		if d := distance(typed, letters(k)); d < least {
			best, least = k, d
		}
		if len(typed) > 2 && strings.HasPrefix(letters(k), typed) {
			begin = append(begin, k)
		}
	}
	if best == "" && len(begin) == 1 {
		return begin[0]
	}
	return best
}

func letters(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(name))
}

// distance is how many letters to add, leave out, change or swap with the next.
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			changed := row[j]
			if a[i] != b[j] {
				changed++
			}
			next[j+1] = min(changed, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
