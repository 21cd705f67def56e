package logging

import (
	"bytes"
	"sync/atomic"
)

// queue holds the lines that wait, in order. The log's lock guards it.
type queue struct {
	waiting batch
	writing batch // what the writer has taken, by size only
	spare   []byte

	overflow uint64 // lines lost behind those that wait
	failed   uint64 // lines lost before those that wait: they could not be written
	lost     *atomic.Uint64
	notice   func(n uint64) []byte // the line that tells of n lost ones
}

// batch is some lines, and those among them that tell of lost ones.
type batch struct {
	text    []byte
	lines   int
	notices []notice
}

// notice tells that count lines were lost; it ends at byte end of its batch.
type notice struct {
	end   int
	count uint64
}

// push queues a line, or counts it as lost.
func (q *queue) push(line []byte) {
	if !q.room(len(line)) {
		q.overflow++
		q.lost.Add(1)
		return
	}
	q.tell(&q.overflow)
	q.waiting.text = append(q.waiting.text, line...)
	q.waiting.lines++
}

func (q *queue) room(n int) bool {
	return q.waiting.lines+q.writing.lines < maxQueueLines &&
		len(q.waiting.text)+len(q.writing.text)+n <= maxQueueBytes
}

// tell queues the notice of lost lines, if there are any.
func (q *queue) tell(count *uint64) {
	if *count == 0 {
		return
	}
	q.waiting.text = append(q.waiting.text, q.notice(*count)...)
	q.waiting.notices = append(q.waiting.notices, notice{len(q.waiting.text), *count})
	*count = 0
}

// untold is whether lines were lost that no line tells of yet.
func (q *queue) untold() bool { return q.overflow+q.failed > 0 }

// take returns all that waits, with notices of what was lost before and after.
// The lines count against the bounds until written or fail.
func (q *queue) take() batch {
	if q.failed > 0 {
		q.prepend()
	}
	q.tell(&q.overflow)
	q.writing, q.waiting = q.waiting, batch{text: q.spare[:0]}
	q.spare = nil
	return q.writing
}

// prepend puts the notice of lines that could not be written first.
func (q *queue) prepend() {
	later := q.waiting
	q.waiting = batch{}
	q.tell(&q.failed)
	first := len(q.waiting.text)
	q.waiting.text = append(q.waiting.text, later.text...)
	q.waiting.lines += later.lines
	for _, n := range later.notices {
		q.waiting.notices = append(q.waiting.notices, notice{first + n.end, n.count})
	}
}

// written gives back what take returned, of which all from byte n on could not be
// written.
func (q *queue) written(n int) {
	b := q.writing
	q.writing = batch{}
	if cap(b.text) <= keepBuffer {
		q.spare = b.text
	}
	if n >= len(b.text) { // also after abandon
		return
	}
	lines := uint64(bytes.Count(b.text[n:], []byte{'\n'}))
	for _, notice := range b.notices {
		if notice.end > n {
			q.failed += notice.count
			lines--
		}
	}
	q.failed += lines
	q.lost.Add(lines)
}

// abandon counts everything that is left as lost.
func (q *queue) abandon() {
	q.lost.Add(uint64(q.waiting.lines + q.writing.lines))
	q.waiting, q.writing = batch{}, batch{}
}
