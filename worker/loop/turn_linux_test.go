package loop_test

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// What a turn's end leads to in the mailbox belongs to the same turn: it leaves with the same write.
func TestTurnEndWorkIsWrittenWithTheTurn(t *testing.T) {
	events, emitted := make(chan *loop.Conn, 1), make(chan struct{})
	waiting := false
	l := start(t, loop.Options{}, func(l *loop.Loop) {
		go func() { // a handler goroutine
			for c := range events {
				l.Post(loop.Func(func() { c.Write([]byte("b")) }))
				emitted <- struct{}{}
			}
		}()
		l.AtTurnEnd(func() {
			if waiting {
				waiting = false
				<-emitted
			}
		})
	})
	defer close(events)
	fd, peer := pair(t)
	attach(t, l, fd, &handler{data: func(c *loop.Conn, _ []byte) {
		c.Write([]byte("a"))
		waiting = true
		events <- c
	}})
	n, err := peer.Write([]byte("x"))
	must(t, n, err)
	b := make([]byte, 2)
	n, err = io.ReadFull(peer, b)
	must(t, n, err)
	settle(t, l)
	if s := l.Stats(); string(b) != "ab" || s.Writes != 1 {
		t.Errorf("got %q in %d writes", b, s.Writes)
	}
}

// A turn writes to so many, then looks for input; the rest goes on in order.
func TestTurnIsBoundedInWrites(t *testing.T) {
	const conns, perTurn = 50, 4
	l := start(t, loop.Options{MaxTurnWrites: perTurn})
	var all []*loop.Conn
	for range conns {
		fd, _ := pair(t)
		all = append(all, attach(t, l, fd, &handler{}))
	}
	fd, asking := pair(t)
	left := make(chan int, 1)
	attach(t, l, fd, &handler{data: func(*loop.Conn, []byte) {
		n := 0
		for i, c := range all {
			if c.Queued() > 0 {
				n++
			} else if n > 0 {
				t.Errorf("connection %d was written before an earlier one", i)
			}
		}
		left <- n
	}})
	on(t, l, func() {
		for _, c := range all {
			c.Write([]byte("x"))
		}
		if _, err := asking.Write([]byte("?")); err != nil {
			t.Error(err)
		}
	})
	if n := await(t, left); n != conns-perTurn {
		t.Errorf("input was read with %d connections still to write, want %d", n, conns-perTurn)
	}
	for l.Stats().Unsent > 0 {
		settle(t, l)
	}
	on(t, l, func() {
		for i, c := range all {
			if c.Queued() > 0 {
				t.Errorf("connection %d was left out", i)
			}
		}
	})
}

// While much waits to be written, tasks wait too: no broadcast begins with more than 4 MiB of earlier ones to write.
func TestMailboxWaitsForWrites(t *testing.T) {
	const conns, broadcasts, size = 64, 40, 80 << 10
	l := start(t, loop.Options{MaxTurnWrites: 1})
	var all []*loop.Conn
	for range conns {
		fd, peer := pair(t)
		all = append(all, attach(t, l, fd, &handler{}))
		go io.Copy(io.Discard, peer)
	}
	frame := make([]byte, size)
	held := 0
	broadcast := loop.Func(func() {
		unsent := 0
		for _, c := range all {
			if !c.Blocked() {
				unsent += c.Queued()
			}
			c.Write(frame)
		}
		if unsent > 4<<20 {
			t.Errorf("a broadcast with %d bytes still to be written", unsent)
		}
		if l.Stats().Unsent > 0 {
			held++
		}
	})
	for range broadcasts {
		l.Post(broadcast)
	}
	on(t, l, func() {
		if held == 0 {
			t.Error("nothing was ever held back")
		}
	})
	for l.Stats().BytesOut < conns*broadcasts*size {
		settle(t, l)
	}
	if n := l.Stats().Unsent; n != 0 {
		t.Errorf("%d bytes counted as unsent in the end", n)
	}
}

// A loop that is never idle, on a processor that it shares with everybody else, still lets others read from the network. (Without
// its giving way they are looked after every 10 ms, twice a round here. No timing is asserted: the test shows that nothing hangs.)
func TestBusyLoopGivesWay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	l := start(t, loop.Options{}, func(l *loop.Loop) { l.AtTurnEnd(runtime.Gosched) })
	stop := false
	var again loop.Func
	again = func() {
		if !stop {
			l.Post(again)
		}
	}
	l.Post(again)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		c, err := ln.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.Copy(c, c)
	}()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	b := make([]byte, 1)
	for range 100 {
		n, err := c.Write(b)
		must(t, n, err)
		n, err = io.ReadFull(c, b)
		must(t, n, err)
	}
	c.Close()
	<-served
	on(t, l, func() { stop = true })
}

func TestTurnIsBoundedInTasks(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	stop := false
	attach(t, l, fd, &handler{data: func(*loop.Conn, []byte) { stop = true }})
	done := make(chan struct{})
	var again loop.Func
	again = func() {
		if stop {
			close(done)
			return
		}
		l.Post(again) // for ever in the mailbox
	}
	l.Post(again)
	n, err := peer.Write([]byte("stop"))
	must(t, n, err)
	await(t, done)
}
