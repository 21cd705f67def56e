package loop

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// queueOf makes a queue of buffers of the given sizes and what they are joined.
func queueOf(p *chunkPool, sizes []int) (q refs, all []byte) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range sizes {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		q.push(p, b)
		all = append(all, b...)
	}
	return q, all
}

func repeat(n, size int) (sizes []int) {
	for range n {
		sizes = append(sizes, size)
	}
	return sizes
}

func TestGatherAndConsume(t *testing.T) {
	for _, tt := range []struct {
		name    string
		sizes   []int
		vectors int // of the first write
	}{
		{"one", []int{10}, 1},
		{"few small", repeat(5, 100), 1},
		{"many small", repeat(3000, 100), 1},
		{"large", repeat(3, 100000), 3},
		{"mixed", []int{10, 10, 100000, 10, 5000, 10, 10}, 5},
		{"alternating, small first", alternating(200, 50, 5000), 64},
		{"alternating, large first", alternating(200, 5000, 50), 63},
		{"huge", repeat(20, 300000), 4},
		{"over the join buffer", repeat(40, 4096), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var pool chunkPool
			q, all := queueOf(&pool, tt.sizes)
			l := &Loop{join: make([]byte, 0, joinSize), vectors: make([][]byte, 0, maxVectors)}
			for first := true; len(all) > 0; first = false {
				g := l.layOut(&q)
				if first && len(g.vectors) != tt.vectors {
					t.Errorf("%d vectors, want %d", len(g.vectors), tt.vectors)
				}
				if cap(g.vectors) != maxVectors || cap(g.join) != joinSize {
					t.Fatal("the loop's buffers have grown")
				}
				joined := bytes.Join(g.vectors, nil)
				if g.total != len(joined) || g.total == 0 || !bytes.HasPrefix(all, joined) {
					t.Fatalf("a write of %d bytes is not what is queued", g.total)
				}
				n := max(1, g.total*2/3) // a partial write
				q.consume(&pool, n)
				all = all[n:]
			}
			if q.first != nil || q.head != nil || q.tail != nil {
				t.Error("something is left in the queue")
			}
		})
	}
}

func alternating(n, a, b int) (sizes []int) {
	for range n {
		sizes = append(sizes, a, b)
	}
	return sizes
}

func TestChunksAreReusedAndForget(t *testing.T) {
	var pool chunkPool
	for range 3 {
		q, _ := queueOf(&pool, repeat(100, 10))
		q.clear(&pool)
	}
	if want := (100 - 1 + chunkRefs - 1) / chunkRefs; pool.count != want {
		t.Errorf("%d free chunks, want %d", pool.count, want)
	}
	for k := pool.free; k != nil; k = k.next {
		for _, b := range k.refs {
			if b != nil {
				t.Fatal("a free chunk keeps a buffer alive")
			}
		}
	}
	q, _ := queueOf(&pool, repeat((keepChunks+10)*chunkRefs, 1))
	q.clear(&pool)
	if pool.count != keepChunks {
		t.Errorf("%d free chunks kept, want %d", pool.count, keepChunks)
	}
}

func TestFIFO(t *testing.T) {
	var f fifo
	conns := make([]Conn, 5000)
	pushed, popped := 0, 0
	for popped < len(conns) {
		for range 3 {
			if pushed < len(conns) {
				f.push(&conns[pushed])
				pushed++
			}
		}
		for range 2 {
			if c := f.pop(); c != nil {
				if c != &conns[popped] {
					t.Fatalf("pop %d is out of order", popped)
				}
				popped++
			}
		}
	}
	if !f.empty() || f.pop() != nil {
		t.Error("not empty in the end")
	}
}
