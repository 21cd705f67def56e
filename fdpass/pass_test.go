package fdpass_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

func TestConnectionAndPayloadArriveTogether(t *testing.T) {
	sameDescriptors(t)
	r, s, _ := inbox(t)
	near, far := stream(t)
	if err := s.Send(fdpass.Handover, []byte("GET /"), far); err != nil {
		t.Fatal(err)
	}
	m, err := r.Receive()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(m.FD)
	if m.Kind != fdpass.Handover || string(m.Payload) != "GET /" || m.FD == far {
		t.Fatalf("got %v %q %d", m.Kind, m.Payload, m.FD)
	}
	flags, err := unix.FcntlInt(uintptr(m.FD), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %x, %v: a received descriptor must be close-on-exec", flags, err)
	}
	connected(t, near, m.FD)
}

func TestOrderAndSizes(t *testing.T) {
	r, s, _ := inbox(t)
	for _, size := range []int{0, 1, 4096, fdpass.MaxPayload} {
		sent := bytes.Repeat([]byte{'x'}, size)
		if err := s.Send(fdpass.Request, sent, -1); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		m, err := r.Receive()
		if err != nil || m.Kind != fdpass.Request || !bytes.Equal(m.Payload, sent) || m.FD != -1 {
			t.Fatalf("%d bytes: got %v, %d bytes, descriptor %d, %v", size, m.Kind, len(m.Payload), m.FD, err)
		}
	}
	for i := range 100 {
		if err := s.Send(fdpass.Answer, []byte{byte(i)}, -1); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		if m, err := r.Receive(); err != nil || m.Payload[0] != byte(i) {
			t.Fatalf("message %d: %v, %v", i, m, err)
		}
	}
	if s.Sent() != r.Received() || s.Sent() != 104 {
		t.Errorf("counted %d sent, %d received", s.Sent(), r.Received())
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	_, s, _ := inbox(t)
	near, _ := stream(t)
	for _, c := range []struct {
		name    string
		kind    fdpass.Kind
		payload int
		fd      int
	}{
		{"accept without descriptor", fdpass.Accept, 1, -1},
		{"request with descriptor", fdpass.Request, 1, near},
		{"no kind", 0, 1, -1},
		{"unknown kind", 200, 1, -1},
		{"too long", fdpass.Request, fdpass.MaxPayload + 1, -1},
	} {
		if err := s.Send(c.kind, make([]byte, c.payload), c.fd); err == nil {
			t.Errorf("%s: sent", c.name)
		}
	}
	if err := s.Send(fdpass.Request, make([]byte, fdpass.MaxPayload+1), -1); !errors.Is(err, fdpass.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	if s.Sent() != 0 {
		t.Errorf("%d sent", s.Sent())
	}
}

func TestPeerDied(t *testing.T) {
	sameDescriptors(t)
	r, s, _ := inbox(t)
	r.Close()
	if err := s.Send(fdpass.Request, nil, -1); err != fdpass.ErrGone {
		t.Errorf("send: %v", err)
	}
	r, s, _ = inbox(t)
	if err := s.Send(fdpass.Request, []byte("last"), -1); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if m, err := r.Receive(); err != nil || string(m.Payload) != "last" {
		t.Errorf("receive: %q, %v", m.Payload, err)
	}
	if _, err := r.Receive(); err != io.EOF {
		t.Errorf("receive after the last: %v", err)
	}
	if err := s.Send(fdpass.Request, nil, -1); err != fdpass.ErrClosed {
		t.Errorf("send on a closed end: %v", err)
	}
}

func TestCloseEndsReceive(t *testing.T) {
	sameDescriptors(t)
	r, s, _ := inbox(t)
	ended := make(chan error)
	started := make(chan struct{})
	go func() {
		_, err := r.Receive()
		started <- struct{}{}
		if err == nil {
			_, err = r.Receive()
		}
		ended <- err
	}()
	if err := s.Send(fdpass.Request, nil, -1); err != nil {
		t.Fatal(err)
	}
	<-started
	r.Close()
	if err := <-ended; err != fdpass.ErrClosed {
		t.Errorf("receive: %v", err)
	}
	if _, err := r.TryReceive(); err != fdpass.ErrClosed {
		t.Errorf("try: %v", err)
	}
}

func TestTryReceive(t *testing.T) {
	r, s, _ := inbox(t)
	if _, err := r.TryReceive(); err != fdpass.ErrEmpty {
		t.Errorf("try: %v", err)
	}
	if err := s.Send(fdpass.Cancel, []byte("7"), -1); err != nil {
		t.Fatal(err)
	}
	if m, err := r.TryReceive(); err != nil || m.Kind != fdpass.Cancel {
		t.Errorf("try: %v, %v", m, err)
	}
}
