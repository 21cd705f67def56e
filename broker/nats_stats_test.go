package broker_test

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// silent takes connections and never says a word.
type silent struct {
	l      net.Listener
	dialed chan net.Conn
}

func newSilent(t *testing.T) *silent {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &silent{l: l, dialed: make(chan net.Conn, 1)}
	t.Cleanup(s.end)
	go func() {
		defer close(s.dialed)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.dialed <- c
		}
	}()
	return s
}

// end has the dial that waits fail, and those after it.
func (s *silent) end() {
	s.l.Close()
	for c := range s.dialed {
		c.Close()
	}
}

// TestNATSStatsNeverWait: not for a subscription either that waits for a dial.
func TestNATSStatsNeverWait(t *testing.T) {
	server := newSilent(t)
	o := options("nats://" + server.l.Addr().String())
	o.DialTimeout = time.Hour
	b := dial(t, o)
	t.Cleanup(server.end) // before the broker is closed
	select {
	case c := <-server.dialed:
		defer c.Close()
	case <-time.After(patience):
		t.Fatal("not dialed")
	}
	subscribed := make(chan struct{})
	go func() {
		defer close(subscribed)
		if _, err := b.Subscribe("s", func(broker.Message) {}); err != nil {
			t.Error(err)
		}
	}()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for range 10_000 { // some of them while Subscribe waits
			b.Stats()
			runtime.Gosched()
		}
	}()
	select {
	case <-asked:
	case <-time.After(patience):
		t.Error("it waits")
	}
	server.l.Close()
	t.Cleanup(func() { <-subscribed })
}
