package feed

// The size of one answer; a single message fits, however large.
const (
	chunkBytes    = 256 << 10
	chunkMessages = 1024
)

// answer sends one chunk of the ring to whoever asked. The chunk that reaches the
// newest message is sent before anything newer can be: an exact cut.
func (t *outbox) answer(asker Origin, q request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || q.from > t.ring.head {
		return
	}
	if !t.whole() { // the answer's beat number would lie; asked again soon
		return
	}
	a := t.chunk(asker, q)
	if err := t.b.Publish(t.subjects.home(asker.Node, asker.Slot), appendAnswer(nil, t.origin, a)); err != nil {
		t.stale = true // as it may be what follows that is lost; the asker asks again
		return
	}
	t.stats.ReplayAnswers++
}

// chunk collects what the asker wants of the ring.
func (t *outbox) chunk(asker Origin, q request) answer {
	home := asker.home()
	a := answer{
		life: asker.Life, id: q.id, beat: t.beats,
		from: q.from, oldest: t.ring.oldest(), through: q.from, head: t.ring.head,
	}
	if a.oldest > q.from+1 {
		a.gone = t.gone(home, q)
		a.through = a.oldest - 1
	}
	bytes := 0
	for a.through < a.head {
		number := a.through + 1
		k := t.ring.at(number)
		if q.buckets.wants(k.stream, home) {
			data := k.frame[k.data:]
			if n := len(a.entries); n > 0 && (bytes+len(data) > chunkBytes || n == chunkMessages) {
				break
			}
			bytes += len(data) + keptSize
			a.entries = append(a.entries, message{stream: k.stream, number: number, prev: k.prev, data: data})
		}
		a.through = number
	}
	a.final = a.through == a.head
	return a
}

// gone lists the streams that changed after from but are no longer in the ring.
func (t *outbox) gone(home stream, q request) (gone []change) {
	oldest := t.ring.oldest()
	check := func(s stream, newest uint64) {
		if newest > q.from && newest < oldest {
			gone = append(gone, change{s, newest})
		}
	}
	for b, newest := range t.buckets {
		if s := bucketStream(uint16(b)); q.buckets.wants(s, home) {
			check(s, newest)
		}
	}
	check(home, t.homes[home])
	return gone
}
