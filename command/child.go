package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
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
		err = worker.Run(control, hello, worker.Process{Logger: logger, SetLevel: log.SetLevel, LogLost: log.Lost}, apps...)
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

// brokerConfig is the broker's part of the configuration.
type brokerConfig struct {
	logging.Config
	Cluster string
}

// runBroker is the role of the embedded NATS server. Like a worker, it does not
// outlive the master.
func runBroker(control *fdpass.Control, hello fdpass.Hello, log *logging.Log) error {
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	logger := log.Logger().With("role", "broker")
	var config brokerConfig
	if err := json.Unmarshal(hello.Config, &config); err != nil {
		return fmt.Errorf("broker: configuration: %w", err)
	}
	board, err := scoreboard.Open(control.Scoreboard(), hello.Slots)
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var measuring sync.WaitGroup
	defer measuring.Wait()
	defer cancel()
	measuring.Go(func() { _ = measure(ctx, board) })
	go obey(control, log, cancel)
	return embedded.Run(ctx, embedded.Config{
		Cluster:     config.Cluster,
		Port:        formerPort(hello.Bus.URLs),
		Internal:    embedded.Credential{User: hello.Bus.User, Secret: hello.Bus.Password},
		Application: embedded.NewCredential("application"),
		Logger:      logger,
	}, func(url string) {
		if err := control.Send(fdpass.Ready{Addr: url}); err != nil {
			logger.Error("tell the master", "error", err)
		}
	})
}

// obey waits for the master's word, or its death.
func obey(control *fdpass.Control, log *logging.Log, stop func()) {
	logger := log.Logger().With("role", "broker")
	for {
		m, err := control.Receive()
		var bad *fdpass.BadMessage
		switch {
		case errors.As(err, &bad):
			logger.Error("control channel", "error", err)
		case errors.Is(err, io.EOF):
			logger.Error("the master is gone")
			_ = log.Close() // os.Exit runs nothing that is deferred
			os.Exit(exitFailed)
		case err != nil:
			logger.Error("control channel", "error", err)
			_ = log.Close()
			os.Exit(exitFailed)
		}
		if _, ok := m.(fdpass.Stop); ok {
			stop()
			return
		}
	}
}

// formerPort is the port that the server's predecessor had, or 0.
func formerPort(urls []string) int {
	if len(urls) == 0 {
		return 0
	}
	port, err := strconv.Atoi(urls[0][strings.LastIndexByte(urls[0], ':')+1:])
	if err != nil {
		return 0
	}
	return port
}
