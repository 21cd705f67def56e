package master

import (
	"context"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/proxy"
)

// A batch is whole until run takes the next one, whatever else is looked at
// meanwhile: a connection that were overwritten in it would stay open for good,
// and the one in its place be placed twice.
func TestBatchIsRunsUntilTheNext(t *testing.T) {
	trusted, err := proxy.ParseNetworks([]string{"unix"})
	if err != nil {
		t.Fatal(err)
	}
	out, row := make(chan []looked), new(scoreboard.Row)
	p, err := newPeeker(true, "", peekBounds{looking: 10, age: patience, looks: 10}, out, row)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() {
		p.serve(ctx)
		close(served)
	}()
	defer func() {
		stop()
		<-served
	}()
	come := func(said string) int {
		t.Helper()
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(pair[1]) })
		if _, err := unix.Write(pair[1], []byte(said)); err != nil {
			t.Fatal(err)
		}
		if !p.add(conn{fd: pair[0]}, trusted, time.Now()) {
			t.Fatal("not looked at")
		}
		return pair[0]
	}
	take := func() []looked {
		t.Helper()
		select {
		case batch := <-out:
			t.Cleanup(func() {
				for _, l := range batch {
					unix.Close(l.fd)
				}
			})
			return batch
		case <-time.After(patience):
			t.Fatal("nothing is known of what has come")
			return nil
		}
	}
	const whole, part = "PROXY UNKNOWN\r\n", "PROXY UN"
	first := come(whole)
	batch := take() // run is at it
	come(part)      // and so there is a turn of which nothing comes
	for late := time.Now().Add(patience); row.Counters[scoreboard.PeekTurns].Load() < 2; {
		if time.Now().After(late) {
			t.Fatal("it is not looked at")
		}
		runtime.Gosched()
	}
	second := come(whole)
	next := take()
	if len(batch) != 1 || batch[0].fd != first || len(next) != 1 || next[0].fd != second {
		t.Errorf("%v and %v, want %d and %d", batch, next, first, second)
	}
}
