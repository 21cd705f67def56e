package loop

// keepChunks is the number of free chunks (of 208 bytes) that a loop keeps for reuse: 64 messages for 1,000 connections.
const keepChunks = 8192

const chunkRefs = 8

// chunk is a piece of a connection's queue beyond its first buffer.
type chunk struct {
	refs       [chunkRefs][]byte
	next       *chunk
	start, end uint32 // refs[start:end] are queued
}

// chunkPool recycles chunks, so that queueing allocates nothing in steady state. Loop goroutine only.
type chunkPool struct {
	free  *chunk
	count int
}

func (p *chunkPool) get() *chunk {
	k := p.free
	if k == nil {
		return new(chunk)
	}
	p.free, k.next = k.next, nil
	p.count--
	return k
}

// put takes back a chunk whose references have been cleared.
func (p *chunkPool) put(k *chunk) {
	if p.count >= keepChunks {
		return
	}
	k.start, k.end, k.next = 0, 0, p.free
	p.free = k
	p.count++
}

// refs is a queue of references to immutable buffers: one inline, so that the common single message needs no chunk.
type refs struct {
	first      []byte
	head, tail *chunk
}

func (q *refs) push(p *chunkPool, b []byte) {
	if q.first == nil {
		q.first = b
		return
	}
	k := q.tail
	if k == nil || k.end == chunkRefs {
		k = p.get()
		if q.tail == nil {
			q.head = k
		} else {
			q.tail.next = k
		}
		q.tail = k
	}
	k.refs[k.end] = b
	k.end++
}

// consume drops the first n bytes, which must be queued.
func (q *refs) consume(p *chunkPool, n int) {
	for n >= len(q.first) && q.first != nil {
		n -= len(q.first)
		q.first = q.shift(p)
	}
	if n > 0 {
		q.first = q.first[n:]
	}
}

func (q *refs) shift(p *chunkPool) []byte {
	k := q.head
	if k == nil {
		return nil
	}
	b := k.refs[k.start]
	k.refs[k.start] = nil
	k.start++
	if k.start == k.end {
		q.head = k.next
		if q.head == nil {
			q.tail = nil
		}
		p.put(k)
	}
	return b
}

func (q *refs) clear(p *chunkPool) {
	for q.first != nil {
		q.first = q.shift(p)
	}
}
