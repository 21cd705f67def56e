package loop

const (
	// copyBelow is the size up to which buffers are copied together rather than handed to the kernel one by one.
	copyBelow = 4096
	// joinSize is the size of the buffer they are copied into: the most small buffers' bytes in one write.
	joinSize = 64 << 10
	// maxVectors is the most pieces in one writev.
	maxVectors = 64
	// maxWrite is about the most bytes offered in one write, so that one fast reader with a long queue does not starve others.
	maxWrite = 1 << 20
)

// gather lays out one write. Its slices are the loop's and never grow.
type gather struct {
	vectors [][]byte
	join    []byte
	run     int // where in join the current run of small buffers began
	total   int
}

// add takes b along, unless the write is full.
func (g *gather) add(b []byte) bool {
	if g.total >= maxWrite || len(g.vectors) >= maxVectors-1 {
		return false
	}
	if len(b) <= copyBelow {
		if len(g.join)+len(b) > cap(g.join) {
			return false
		}
		g.join = append(g.join, b...)
	} else {
		g.endRun()
		g.vectors = append(g.vectors, b)
	}
	g.total += len(b)
	return true
}

func (g *gather) endRun() {
	if len(g.join) > g.run {
		g.vectors = append(g.vectors, g.join[g.run:])
		g.run = len(g.join)
	}
}
