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

// gather is one write in the making. Its slices are the loop's and never grow.
type gather struct {
	vectors [][]byte
	join    []byte
	run     int // where in join the current run of small buffers began
	total   int
}

// layOut takes as much from the queue's front as goes into one write. Runs of small buffers become one piece, copied together, which
// is cheaper than a vector each.
func (l *Loop) layOut(q *refs) gather {
	g := gather{vectors: l.vectors[:0], join: l.join[:0]}
	more := g.add(q.first)
	for k := q.head; k != nil && more; k = k.next {
		for i := k.start; i < k.end && more; i++ {
			more = g.add(k.refs[i])
		}
	}
	g.endRun()
	return g
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
