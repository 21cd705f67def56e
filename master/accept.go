package master

import (
	"context"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// conn is an accepted connection that no worker has yet. Whoever holds it closes fd.
type conn struct {
	fd     int
	origin fdpass.Origin
}

// acceptor takes connections from one listener and hands them to run in batches.
type acceptor struct {
	*listener
	out chan<- []conn                   // unbuffered
	row *scoreboard.Row                 // the master's
	say func(message string, err error) // once when accepting pauses, once when it goes on (nil)
}

// serve accepts until the listener is closed or ctx ends. Two batches take turns: run takes the next one only when it has dealt
// with the one before. One that stays empty has not had its turn: the other may be run's yet.
func (a *acceptor) serve(ctx context.Context) error {
	var batches [2][]conn
	var pause time.Duration
	for turn := 0; ; {
		batch, err := a.accept(batches[turn][:0])
		batches[turn] = batch
		if len(batch) > 0 {
			a.row.Counters[scoreboard.Accepted].Add(uint64(len(batch)))
			select {
			case a.out <- batch:
				turn = 1 - turn
			case <-ctx.Done():
				refuse(batch)
				return nil
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			if pause > 0 && len(batch) > 0 {
				a.say("accepting again", nil)
				pause = 0
			}
		case scarce(err):
			if pause = a.starved(ctx, pause, err); ctx.Err() != nil {
				return nil
			}
		default:
			return os.NewSyscallError("accept4", err)
		}
	}
}

// starved waits out a want of descriptors or memory: the backlog keeps the clients, nothing spins.
func (a *acceptor) starved(ctx context.Context, pause time.Duration, err error) time.Duration {
	if pause == 0 {
		a.say("accepting pauses", err)
	}
	a.row.Counters[scoreboard.AcceptPauses].Add(1)
	pause = min(max(2*pause, acceptPauseMin), acceptPauseMax)
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return pause
}

func scarce(err error) bool {
	return err == unix.EMFILE || err == unix.ENFILE || err == unix.ENOBUFS || err == unix.ENOMEM
}

// accept waits for a connection and takes what is there, up to a batch. With an error there may be connections too.
func (a *acceptor) accept(batch []conn) ([]conn, error) {
	var failed error
	err := a.raw.Read(func(listening uintptr) bool {
		var now time.Time
		for len(batch) < acceptBatch {
			fd, from, err := unix.Accept4(int(listening), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			switch err {
			case nil:
			case unix.EAGAIN:
				return len(batch) > 0
			case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.EPERM, unix.ENETDOWN, unix.ENOPROTOOPT, unix.EHOSTDOWN,
				unix.ENONET, unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH: // of that one connection, accept(2)
				continue
			default:
				failed = err
				return true
			}
			if now.IsZero() {
				now = time.Now()
			}
			batch = append(batch, conn{fd, fdpass.Origin{Remote: addrOf(from), Listener: a.index, Accepted: now}})
		}
		return true
	})
	if failed == nil {
		failed = err
	}
	return batch, failed
}

func addrOf(from unix.Sockaddr) fdpass.Addr {
	switch from := from.(type) {
	case *unix.SockaddrInet4:
		return fdpass.Addr{AddrPort: netip.AddrPortFrom(netip.AddrFrom4(from.Addr), uint16(from.Port))}
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(from.Addr).Unmap()
		if from.ZoneId != 0 && ip.Is6() {
			ip = ip.WithZone(strconv.Itoa(int(from.ZoneId)))
		}
		return fdpass.Addr{AddrPort: netip.AddrPortFrom(ip, uint16(from.Port))}
	}
	return fdpass.Addr{}
}
