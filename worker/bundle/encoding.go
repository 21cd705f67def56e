package bundle

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// form is one way in which a file is stored.
type form struct{ encoding, suffix string }

// compressed are the forms besides the plain one, the smallest first.
var compressed = []form{{"br", ".br"}, {"gzip", ".gz"}}

// welcome returns the compressed forms that an Accept-Encoding header welcomes
// at least as much as the plain one, the most welcome first.
func welcome(accept []byte) []form {
	w := weights{}
	for item := range bytes.SplitSeq(accept, []byte(",")) {
		w.add(string(item))
	}
	// What is plain is acceptable unless it is refused, and where it is not
	// mentioned it is worth less than anything that is.
	plain := w["identity"]
	forms := slices.DeleteFunc(slices.Clone(compressed), func(f form) bool {
		q := w.of(f.encoding)
		return q == 0 || q < plain
	})
	slices.SortStableFunc(forms, func(a, b form) int {
		return w.of(b.encoding) - w.of(a.encoding)
	})
	return forms
}

// weights are those of RFC 9110, 12.4.2, in thousandths, by lower-case coding.
type weights map[string]int

func (w weights) add(item string) {
	coding, parameters, _ := strings.Cut(item, ";")
	coding = strings.ToLower(strings.TrimSpace(coding))
	if coding == "" {
		return
	}
	if coding == "x-gzip" {
		coding = "gzip" // RFC 9110, 8.4.1.3
	}
	q := 1000
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "q") {
			q = thousandths(value)
		}
	}
	w[coding] = q
}

// thousandths reads a weight; what is none welcomes nothing.
func thousandths(s string) int {
	q, err := strconv.ParseFloat(s, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return int(q*1000 + 0.5)
}

func (w weights) of(coding string) int {
	if q, ok := w[coding]; ok {
		return q
	}
	return w["*"]
}
