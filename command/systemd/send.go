package systemd

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

const (
	// patience is how long a message may wait for the manager to take it: who tells
	// has something better to do.
	patience = 100 * time.Millisecond
	// maxStatus is the longest status text, in bytes.
	maxStatus = 512
)

// ErrBusy says that the service manager did not take a message in time.
var ErrBusy = errors.New("systemd: the service manager does not take messages")

// send sends one message, after those before it. A message that the manager does
// not take stays on its way on a goroutine that ends when it does, or when the
// manager's socket goes away; there is at most one.
func (n *Notifier) send(state string) error {
	if !n.present {
		return nil
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case n.turn <- struct{}{}:
	case <-late.C:
		return ErrBusy
	}
	result := make(chan error, 1)
	go func() {
		_, err := daemon.SdNotify(false, state)
		<-n.turn
		result <- err
	}()
	select {
	case err := <-result:
		if err != nil {
			return fmt.Errorf("systemd: notify: %w", err)
		}
		return nil
	case <-late.C:
		return ErrBusy
	}
}

// statusLine keeps the text on one line: another would be another assignment.
func statusLine(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if len(text) > maxStatus {
		text = strings.ToValidUTF8(text[:maxStatus], "")
	}
	return "STATUS=" + text
}
