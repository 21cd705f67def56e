package feed

import "encoding/binary"

// request asks an origin for its messages after from.
type request struct {
	life    uint64 // of the asked
	id      uint32 // chosen by the asker
	from    uint64
	buckets *buckets // the asker's; All and its direct messages go without saying
}

func appendRequest(b []byte, o Origin, q request) []byte {
	b = appendOrigin(b, kindRequest, o)
	b = binary.BigEndian.AppendUint64(b, q.life)
	b = binary.BigEndian.AppendUint32(b, q.id)
	b = binary.AppendUvarint(b, q.from)
	return append(b, q.buckets[:]...)
}

func parseRequest(b []byte) (q request, err error) {
	r := reader{b: b}
	q.life = r.uint64()
	q.id = r.uint32()
	q.from = r.uvarint(maxNumber)
	set := r.take(NumBuckets / 8)
	if err := r.done(); err != nil {
		return request{}, err
	}
	q.buckets = (*buckets)(set)
	return q, nil
}

// flagFinal: nothing newer than this answer had been published when it was sent.
const flagFinal byte = 1 << 0

// answer is one chunk of an origin's ring: all that was asked for with numbers
// over from, up to through.
type answer struct {
	life    uint64 // of the asker
	id      uint32
	final   bool
	beat    uint64
	from    uint64
	oldest  uint64 // the ring holds all from this one on
	through uint64
	head    uint64
	gone    []change // asked streams of which the ring holds nothing, though they changed after from
	entries []message
}

func appendAnswer(b []byte, o Origin, a answer) []byte {
	b = appendOrigin(b, kindAnswer, o)
	b = binary.BigEndian.AppendUint64(b, a.life)
	b = binary.BigEndian.AppendUint32(b, a.id)
	var flags byte
	if a.final {
		flags |= flagFinal
	}
	b = append(b, flags)
	for _, v := range []uint64{a.beat, a.from, a.oldest, a.through, a.head, uint64(len(a.gone))} {
		b = binary.AppendUvarint(b, v)
	}
	for _, c := range a.gone {
		b = binary.AppendUvarint(b, uint64(c.stream))
		b = binary.AppendUvarint(b, c.number)
	}
	b = binary.AppendUvarint(b, uint64(len(a.entries)))
	last := a.from
	for _, m := range a.entries {
		b = binary.AppendUvarint(b, m.number-last)
		b = appendBack(b, m.number, m.prev)
		b = binary.AppendUvarint(b, uint64(m.stream))
		b = binary.AppendUvarint(b, uint64(len(m.data)))
		b = append(b, m.data...)
		last = m.number
	}
	return b
}

// parseAnswer leaves gone and entries, the bulk, to body.
func parseAnswer(b []byte) (a answer, body reader, err error) {
	r := reader{b: b}
	a.life = r.uint64()
	a.id = r.uint32()
	flags := r.byte()
	a.final = flags&flagFinal != 0
	a.beat = r.uvarint(maxNumber)
	a.from = r.uvarint(maxNumber)
	a.oldest = r.uvarint(maxNumber)
	a.through = r.uvarint(maxNumber)
	a.head = r.uvarint(maxNumber)
	if r.bad || flags&^flagFinal != 0 || a.through < a.from || a.head < a.through || a.oldest > a.head+1 || a.final != (a.through == a.head) {
		return answer{}, reader{}, errMalformed
	}
	return a, r, nil
}

// body takes the rest of an answer.
func (r *reader) body(a *answer) error {
	r.gone(a)
	r.entries(a)
	return r.done()
}

func (r *reader) gone(a *answer) {
	for n := r.uvarint(maxEntries); n > 0 && !r.bad; n-- {
		c := change{stream: r.stream(), number: r.uvarint(maxNumber)}
		if c.number <= a.from || c.number >= a.oldest {
			r.fail()
		}
		a.gone = append(a.gone, c) // grows with what is there, at most a few bytes each
	}
}

func (r *reader) entries(a *answer) {
	last := a.from
	for n := r.uvarint(maxEntries); n > 0 && !r.bad; n-- {
		step := r.uvarint(maxNumber)
		m := message{number: last + step}
		m.prev = r.back(m.number)
		m.stream = r.stream()
		m.data = r.take(r.uvarint(maxNumber))
		if step == 0 || m.number > a.through || m.number < a.oldest {
			r.fail()
		}
		a.entries = append(a.entries, m)
		last = m.number
	}
}
