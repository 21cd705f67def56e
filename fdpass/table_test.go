package fdpass_test

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// With the receiver's table full a message arrives without its descriptor, is named and counted, and the receiver goes on.
func TestReceiverTableFull(t *testing.T) {
	sameDescriptors(t)
	r, s, _ := inbox(t)
	near, far := stream(t)
	for range 3 {
		if err := s.Send(fdpass.Accept, []byte("who"), far); err != nil {
			t.Fatal(err)
		}
	}
	restore := fillTable(t)
	for i := range 2 {
		m, err := r.TryReceive()
		if err != fdpass.ErrDescriptorLost || m.FD != -1 || m.Kind != fdpass.Accept || string(m.Payload) != "who" {
			t.Errorf("message %d: %v, %v", i, m, err)
		}
	}
	restore()
	m, err := r.TryReceive()
	if err != nil {
		t.Fatal(err)
	}
	connected(t, near, m.FD)
	unix.Close(m.FD)
	if r.Lost() != 2 || r.Received() != 1 || r.Bad() != 0 {
		t.Errorf("counted %d lost, %d received, %d bad", r.Lost(), r.Received(), r.Bad())
	}
}

// A full table of the sender's does not keep it from sending, nor from waiting for room.
func TestSenderTableFull(t *testing.T) {
	sameDescriptors(t)
	r, s, _ := inbox(t)
	near, far := stream(t)
	restore := fillTable(t)
	if err := s.Send(fdpass.Accept, []byte("who"), far); err != nil {
		t.Error(err)
	}
	if err := s.Wait(t.Context()); err != nil {
		t.Errorf("wait: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ctx); err != context.Canceled {
		t.Errorf("wait: %v", err)
	}
	restore()
	m, err := r.TryReceive()
	if err != nil {
		t.Fatal(err)
	}
	connected(t, near, m.FD)
	unix.Close(m.FD)
}
