package systemd

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// notifySocket is the variable that names the manager's socket.
const notifySocket = "NOTIFY_SOCKET"

// pulses is how often the server shows that it is alive within the time after
// which the manager takes it for dead: a worker that is replaced just then is no
// reason to restart all the others.
const pulses = 10

// Notifier tells the service manager, or nobody. Its methods are safe for concurrent
// use; messages arrive in the order of the calls. None waits longer than 100 ms.
type Notifier struct {
	present  bool
	watchdog time.Duration
	turn     chan struct{} // holds a token while a message is on its way

	mu       sync.Mutex
	status   string // as of Ready
	degraded string // as told instead
}

// New finds the manager in the environment: NOTIFY_SOCKET, a path or @ and an
// abstract name, which stays there until Stopping, and WATCHDOG_USEC and
// WATCHDOG_PID, which are removed. The error is about the watchdog only; the
// Notifier is usable without.
func New() (*Notifier, error) {
	n := &Notifier{present: os.Getenv(notifySocket) != "", turn: make(chan struct{}, 1)}
	watchdog, err := daemon.SdWatchdogEnabled(true)
	if err != nil {
		return n, fmt.Errorf("systemd: watchdog: %w", err)
	}
	n.watchdog = watchdog
	return n, nil
}

// Present is whether there is a manager that wants to be told.
func (n *Notifier) Present() bool { return n.present }

// Pulse is how often Watchdog has to be called; 0: there is no watchdog.
func (n *Notifier) Pulse() time.Duration {
	if !n.present {
		return 0
	}
	return n.watchdog / pulses
}

// Ready tells that the server serves, or serves on after Reloading, and a line of
// text for people.
func (n *Notifier) Ready(status string) error {
	n.mu.Lock()
	n.status, n.degraded = status, ""
	n.mu.Unlock()
	return n.send(daemon.SdNotifyReady + "\n" + statusLine(status))
}

// Reloading tells that the configuration is read again. Ready has to follow,
// also after a failure, or the manager waits for it.
func (n *Notifier) Reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("systemd: %w", os.NewSyscallError("clock_gettime", err))
	}
	return n.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
}

// Watchdog tells that the server is alive, if all slots serve; else it keeps
// silent, but for saying in the status how many do. It is to be called every
// Pulse.
func (n *Notifier) Watchdog(serving, slots int) error {
	if n.Pulse() == 0 {
		return nil
	}
	degraded := ""
	if serving < slots {
		degraded = fmt.Sprintf("%d of %d workers serve", serving, slots)
	}
	n.mu.Lock()
	changed, status := degraded != n.degraded, n.status
	n.degraded = degraded
	n.mu.Unlock()
	switch {
	case degraded != "" && changed:
		return n.send(statusLine(degraded))
	case degraded != "":
		return nil
	case changed:
		return n.send(daemon.SdNotifyWatchdog + "\n" + statusLine(status))
	}
	return n.send(daemon.SdNotifyWatchdog)
}

// Stopping tells that an orderly end has begun that takes up to the given time.
// It is the last message: the manager is forgotten, and NOTIFY_SOCKET removed from
// the environment.
func (n *Notifier) Stopping(within time.Duration) error {
	err := n.send(fmt.Sprintf("%s\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%d", daemon.SdNotifyStopping, within.Microseconds()))
	return errors.Join(err, os.Unsetenv(notifySocket))
}
