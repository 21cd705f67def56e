package master

import (
	"context"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// With a full descriptor table accepting pauses, says so once, spins and leaks nothing, and goes on.
func TestAcceptOutOfDescriptors(t *testing.T) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.address)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(client)

	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t, "self")
	next, err := unix.Dup(client)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(next)
	said := make(chan error, 100)
	out := make(chan []conn)
	a := &acceptor{listener: l, out: out, row: new(scoreboard.Row), say: func(_ string, err error) { said <- err }}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(next), Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- a.serve(ctx) }()
	err = unix.Connect(client, &unix.SockaddrInet4{Port: int(at.Port()), Addr: [4]byte{127, 0, 0, 1}})
	first := <-said
	if limitErr := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); limitErr != nil || err != nil {
		t.Fatal(limitErr, err)
	}
	if first != unix.EMFILE || a.row.Counters[scoreboard.AcceptPauses].Load() > 1 {
		t.Errorf("said %v, %d pauses", first, a.row.Counters[scoreboard.AcceptPauses].Load())
	}
	batch := <-out
	if len(batch) != 1 {
		t.Errorf("%d accepted", len(batch))
	}
	refuse(batch)
	if again := <-said; again != nil {
		t.Errorf("said %v", again)
	}
	noMore(t, before)
	cancel()
	if err := l.close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
