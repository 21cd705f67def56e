package command

import (
	"os"
	"os/signal"
	"syscall"
)

// hangup tells two meanings of SIGHUP apart: a request to read the configuration
// again, and a terminal that has been closed, with which a server that was
// started in it ends, unless it was told to outlive it (nohup).
type hangup struct {
	terminal bool // there is one, as far as is known
	outlive  bool
}

// newHangup is for the start: before SIGHUP is notified, which forgets that it
// was ignored.
func newHangup() *hangup {
	return &hangup{terminal: hasTerminal(), outlive: signal.Ignored(syscall.SIGHUP)}
}

// closed tells, at a SIGHUP, whether the terminal has gone since the last one.
func (h *hangup) closed() bool {
	if !h.terminal || hasTerminal() {
		return false
	}
	h.terminal = false
	return true
}

// hasTerminal asks for the controlling terminal, which can be opened for as long
// as there is one.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	_ = f.Close()
	return true
}
