package fdpass_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// An unprivileged user may have only so many descriptors in flight. The kernel has no event for room there: Wait pauses instead of
// spinning, and sending goes on once the receiver has taken some.
func TestTooManyInFlight(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), childMode+"=starve", "GORACE=atexit_sleep_ms=0")
	if os.Getuid() == 0 {
		nobody := uint32(1<<20 + os.Getpid()) // who has nothing else in flight
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "<nil>" {
		t.Errorf("%s, %v", got, err)
	}
}

func starve() error {
	const limit = 64
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	read, write, err := fdpass.Pair()
	if err != nil {
		return err
	}
	r, s := fdpass.NewReceiver(read), fdpass.NewSender(write)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	sent := 0
	for ; err == nil; sent++ {
		err = s.Send(fdpass.Accept, nil, fds[0])
	}
	if err != fdpass.ErrFull || sent > 2*limit || fdpass.StarvedEvents(s) == 0 {
		return fmt.Errorf("after %d: %v, starved %d times", sent, err, fdpass.StarvedEvents(s))
	}
	if err := s.Wait(context.Background()); err != nil {
		return err
	}
	if err := s.Send(fdpass.Accept, nil, fds[0]); err != fdpass.ErrFull {
		return fmt.Errorf("nothing was taken, and yet: %v", err)
	}
	for range sent / 2 {
		m, err := r.TryReceive()
		if err != nil {
			return err
		}
		unix.Close(m.FD)
	}
	for s.Send(fdpass.Accept, nil, fds[0]) == fdpass.ErrFull { // the kernel counts at its leisure
		if err := s.Wait(context.Background()); err != nil {
			return err
		}
	}
	if fdpass.StarvedEvents(s) != 0 {
		return fmt.Errorf("still counted as starved")
	}
	return nil
}
