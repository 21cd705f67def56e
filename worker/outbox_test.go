package worker

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// What the loop posts into a full inbox waits, and goes in order once there is
// room.
func TestOutboxWaits(t *testing.T) {
	read, write, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	r, wg := fdpass.NewReceiver(read), new(sync.WaitGroup)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	box := &outbox{sender: fdpass.NewSender(write), ctx: ctx, wg: wg}
	const messages = 10_000 // more than any inbox takes
	for i := range messages {
		box.post(fdpass.Answer, binary.BigEndian.AppendUint32(nil, uint32(i)))
	}
	if box.sender.Full() == 0 {
		t.Fatal("the inbox never was full")
	}
	for i := range messages {
		m, err := r.Receive()
		if err != nil || m.Kind != fdpass.Answer || binary.BigEndian.Uint32(m.Payload) != uint32(i) {
			t.Fatalf("message %d: %v %v, %v", i, m.Kind, m.Payload, err)
		}
	}
	wg.Wait() // the goroutine ends with the queue
	box.post(fdpass.Cancel, []byte("again"))
	if m, err := r.Receive(); err != nil || m.Kind != fdpass.Cancel {
		t.Errorf("%v, %v", m, err)
	}
	closeBoth(t, r, box)
}

// What waits is dropped when the worker ends, or nobody will read it.
func TestOutboxGivesUp(t *testing.T) {
	for name, end := range map[string]func(r *fdpass.Receiver, cancel context.CancelFunc){
		"the worker ends":     func(_ *fdpass.Receiver, cancel context.CancelFunc) { cancel() },
		"the reader has gone": func(r *fdpass.Receiver, _ context.CancelFunc) { _ = r.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			read, write, err := fdpass.Pair()
			if err != nil {
				t.Fatal(err)
			}
			r, wg := fdpass.NewReceiver(read), new(sync.WaitGroup)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			box := &outbox{sender: fdpass.NewSender(write), ctx: ctx, wg: wg}
			for range 10_000 {
				box.post(fdpass.Answer, []byte("x"))
			}
			end(r, cancel)
			wg.Wait()
			if err := box.send(ctx, fdpass.Request, nil, -1); err == nil {
				t.Error("sent")
			}
			closeBoth(t, r, box)
		})
	}
}

func closeBoth(t *testing.T, r *fdpass.Receiver, box *outbox) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := box.sender.Close(); err != nil {
		t.Error(err)
	}
}
