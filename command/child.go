package command

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker"
)

// child runs the role that the master's hello names.
func child(control *fdpass.Control, apps []worker.App) int {
	// A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group.
	// The end is the master's to order: clients are to be closed first.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	hello, err := control.Hello()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ioserver:", err)
		return exitFailed
	}
	var logs logging.Config
	if err := json.Unmarshal(hello.Config, &logs); err != nil {
		fmt.Fprintln(os.Stderr, "ioserver: configuration of a child:", err)
		return exitFailed
	}
	log := logging.New(os.Stderr, logs, about(hello)...)
	defer log.Close()
	logger := log.Logger()
	// What top shows; the start through /proc/self/exe left "exe" there.
	_ = os.WriteFile("/proc/self/comm", []byte(shortName(hello)), 0)
	switch hello.Role {
	case fdpass.RoleWorker:
		if len(apps) == 0 { // what a program of one's own needs is not known
			if err := confine(); err != nil {
				logger.Debug("keeps its privileges", "error", err)
			}
		}
		err = worker.Run(control, hello, worker.Process{
			Logger: logger, SetLevel: log.SetLevel, LogLost: log.Lost,
			Exit: func(status int) {
				_ = log.Close()
				os.Exit(status)
			},
		}, apps...)
	case fdpass.RoleBroker:
		err = runBroker(control, hello, log)
	default:
		err = fmt.Errorf("unknown role %q", hello.Role)
	}
	if err != nil {
		logger.Error("ended", "role", string(hello.Role), "error", err)
		return exitFailed
	}
	return exitOK
}

// about says whose log it is, in the lines that the log adds.
func about(hello fdpass.Hello) []slog.Attr {
	if hello.Role == fdpass.RoleWorker {
		return []slog.Attr{slog.Int("slot", hello.Slot)}
	}
	return []slog.Attr{slog.String("role", string(hello.Role))}
}

// shortName fits into the 15 characters that Linux keeps.
func shortName(hello fdpass.Hello) string {
	if hello.Role == fdpass.RoleWorker {
		return fmt.Sprintf("ioserver-w%d", hello.Slot)
	}
	return "ioserver-" + string(hello.Role)
}
