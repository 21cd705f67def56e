package broker

import (
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// reserve is the room in the channel that a reader who has just been let through
// can fill: nats.go reads 32 KiB at a time (a TLS record or two may be buffered
// besides), and the shortest message takes "MSG s 1 0\r\n\r\n". Marks need some.
const reserve = 3*32768/13 + 64

// intake holds the reader of a link back while too much waits for the handlers.
type intake struct {
	read, done atomic.Int64 // wire bytes, roughly
	waiting    atomic.Bool
	room       chan struct{} // a token for a reader that waits
}

// full reports whether messages wait for the handlers, and too many or too large.
func (i *intake) full(b *NATS) bool {
	n := len(b.in)
	return n >= b.o.QueueMessages || n > 0 && i.read.Load()-i.done.Load() > int64(b.o.QueueBytes)
}

// wait returns true when there is room, false when dead closes first.
func (i *intake) wait(b *NATS, dead <-chan struct{}) bool {
	for i.full(b) {
		i.waiting.Store(true)
		if !i.full(b) {
			break
		}
		select {
		case <-i.room:
		case <-dead:
			return false
		}
	}
	i.waiting.Store(false)
	return true
}

// taken accounts for a message that its handler is done with.
func (i *intake) taken(b *NATS, m *nats.Msg) {
	// The estimate would drift; it is exact whenever nothing waits.
	if read := i.read.Load(); len(b.in) == 0 {
		i.done.Store(read)
	} else {
		i.done.Add(int64(m.Size()) + 24)
	}
	if i.waiting.Load() && !i.full(b) {
		select {
		case i.room <- struct{}{}:
		default:
		}
	}
}
