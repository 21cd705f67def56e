package worker

import (
	"sync/atomic"

	"github.com/ioserver/ioserver/worker/engineio"
)

const (
	// partialRequests bounds the relayed requests whose pieces are arriving,
	partialRequests = 1024
	// and partialBytes what has come of them, or as much as four of the
	// largest, if that is more.
	partialBytes = 64 << 20
	// partialSweeps is how many sweeps one may wait for its next piece. They
	// leave one after the other; if they do not come, they were lost.
	partialSweeps = 3
	// nextPiece is the number of a piece that comes on a way which loses none.
	nextPiece = 1<<32 - 1
)

// gatherer puts relayed requests together from their pieces. One goroutine has
// it.
type gatherer struct {
	limit   *atomic.Int64 // bytes of a body
	refused *atomic.Uint64
	partial map[asker]*partial
	bytes   int
}

type partial struct {
	request *engineio.Exchange // the body grows as its pieces arrive
	pieces  uint32
	waited  int // sweeps since the last one
}

func newGatherer(limit *atomic.Int64, refused *atomic.Uint64) gatherer {
	return gatherer{limit: limit, refused: refused, partial: make(map[asker]*partial)}
}

// add takes a piece, and returns the request once it is whole. With refuse, its
// asker is to be told that nothing will come of it.
func (g *gatherer) add(from asker, number uint32, flags byte, b []byte) (whole *engineio.Exchange, refuse bool, err error) {
	p := g.partial[from]
	if flags&firstPiece != 0 {
		x, body, err := parseRequestHead(b)
		if err != nil {
			return nil, false, err
		}
		if g.full() {
			g.refused.Add(1)
			return nil, true, errTooManyPartial
		}
		g.drop(from)
		p, b = &partial{request: x}, body
		g.partial[from] = p
	}
	inOrder := number == nextPiece
	if inOrder && p != nil {
		number = p.pieces
	}
	if p == nil || number != p.pieces || len(p.request.Body)+len(b) > int(g.limit.Load()) {
		known := g.drop(from)
		// Where its beginning was not for us, whoever took it will not answer.
		return nil, flags&lastPiece != 0 || known && !inOrder, errBadPiece
	}
	p.request.Body = append(p.request.Body, b...)
	p.pieces++
	p.waited = 0
	g.bytes += len(b)
	if flags&lastPiece == 0 {
		return nil, false, nil
	}
	g.drop(from)
	return p.request, false, nil
}

func (g *gatherer) full() bool {
	return len(g.partial) >= partialRequests || g.bytes > max(partialBytes, 4*int(g.limit.Load()))
}

// drop forgets a request, and reports whether there was one.
func (g *gatherer) drop(from asker) bool {
	p := g.partial[from]
	if p == nil {
		return false
	}
	g.bytes -= len(p.request.Body)
	delete(g.partial, from)
	return true
}

// expire drops what has waited for its next piece for too long, and returns whose
// that was.
func (g *gatherer) expire() (from []asker) {
	for a, p := range g.partial {
		if p.waited++; p.waited > partialSweeps {
			g.drop(a)
			from = append(from, a)
		}
	}
	return from
}

// forget drops what workers that are gone had begun to send.
func (g *gatherer) forget(gone func(asker) bool) {
	for from := range g.partial {
		if gone(from) {
			g.drop(from)
		}
	}
}
