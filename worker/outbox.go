package worker

import (
	"context"
	"sync"

	"github.com/ioserver/ioserver/fdpass"
)

// outbox is the way to one slot's inbox. The loop posts to it without waiting:
// while the inbox is full, messages queue here and a goroutine sends them on.
// The queue is bounded by what the slot asks: it holds answers and cancels, of
// which there is at most one for each request that is open.
type outbox struct {
	sender *fdpass.Sender
	ctx    context.Context // the worker's; ends the goroutine
	wg     *sync.WaitGroup

	mu    sync.Mutex
	queue []message
}

type message struct {
	kind    fdpass.Kind
	payload []byte
}

// post sends a copy of payload now, or behind what waits.
func (o *outbox) post(kind fdpass.Kind, payload []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		if err := o.sender.Send(kind, payload, -1); err != fdpass.ErrFull {
			return // sent, or nobody is there to hear
		}
	}
	o.queue = append(o.queue, message{kind, append([]byte(nil), payload...)})
	if len(o.queue) == 1 {
		o.wg.Add(1)
		go o.drain()
	}
}

// offer sends a message, unless it would have to wait.
func (o *outbox) offer(kind fdpass.Kind, payload []byte) bool {
	return o.sender.Send(kind, payload, -1) == nil
}

// drain sends what waits and ends when nothing does.
func (o *outbox) drain() {
	defer o.wg.Done()
	for {
		err := o.sender.Wait(o.ctx)
		o.mu.Lock()
		for err == nil && len(o.queue) > 0 {
			if err = o.sender.Send(o.queue[0].kind, o.queue[0].payload, -1); err == nil {
				o.queue[0] = message{}
				o.queue = o.queue[1:]
			}
		}
		if err != fdpass.ErrFull { // all sent, nobody there, or the worker ends
			o.queue = nil
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
	}
}

// send waits for room. It is for goroutines other than the loop's.
func (o *outbox) send(ctx context.Context, kind fdpass.Kind, payload []byte, fd int) error {
	for {
		err := o.sender.Send(kind, payload, fd)
		if err != fdpass.ErrFull {
			return err
		}
		if err = o.sender.Wait(ctx); err != nil {
			return err
		}
	}
}
