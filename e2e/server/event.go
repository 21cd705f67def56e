package server

import (
	"net"
	"strings"
	"sync"
	"time"
)

// Event is what the application told about one socket.
type Event struct {
	Kind      string // "connect" or "disconnect"
	Namespace string
	ID        string
	Reason    string // of a disconnect
}

// listener collects events; the application sends each as one datagram.
type listener struct {
	conn *net.UDPConn
	done chan struct{}

	mu     sync.Mutex
	events []Event
	more   chan struct{} // closed and replaced at every event
}

func newListener() (*listener, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	l := &listener{conn: conn, done: make(chan struct{}), more: make(chan struct{})}
	go l.run()
	return l, nil
}

func (l *listener) run() {
	defer close(l.done)
	b := make([]byte, 2048)
	for {
		n, err := l.conn.Read(b)
		if err != nil {
			return
		}
		words := strings.SplitN(string(b[:n]), " ", 4)
		if len(words) < 3 {
			continue
		}
		e := Event{Kind: words[0], Namespace: words[1], ID: words[2]}
		if len(words) == 4 {
			e.Reason = words[3]
		}
		l.mu.Lock()
		l.events = append(l.events, e)
		close(l.more)
		l.more = make(chan struct{})
		l.mu.Unlock()
	}
}

func (l *listener) close() {
	l.conn.Close()
	<-l.done
}

// wait returns the first event that matches, from the past or to come.
func (l *listener) wait(timeout time.Duration, match func(Event) bool) (Event, bool) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for seen := 0; ; {
		l.mu.Lock()
		events, more := l.events[seen:], l.more
		seen = len(l.events)
		l.mu.Unlock()
		for _, e := range events {
			if match(e) {
				return e, true
			}
		}
		select {
		case <-more:
		case <-deadline.C:
			return Event{}, false
		}
	}
}

// Wait returns the first event that matches, whether it has happened or is to
// come within the timeout.
func (s *Server) Wait(timeout time.Duration, match func(Event) bool) (Event, bool) {
	return s.events.wait(timeout, match)
}
