package main

import (
	"fmt"
	"strings"
)

// echo is a request with 64 bytes.
var echo = `["echo","` + strings.Repeat("x", 64) + `"]`

// word is a number and a time, which [lean.Number] finds behind "N" and "T", and
// is filled up to a size.
func word(i int, due int64, size int) string {
	w := fmt.Sprintf("N%d.T%d.", i, due)
	return w + strings.Repeat("x", max(0, size-len(w)))
}
