package systemd

import (
	"fmt"
	"os"
	"strconv"

	"github.com/coreos/go-systemd/v22/activation"
)

const (
	// APIName is the FileDescriptorName= of sockets that serve the HTTP API.
	APIName = "api"
	// maxSockets is how many sockets are taken over.
	maxSockets = 256
)

// Socket is a socket that the service manager has opened. The receiver owns and
// closes File.
type Socket struct {
	File *os.File // close-on-exec
	Name string   // FileDescriptorName=, by default the socket unit's name
	API  bool     // the name is APIName
}

// Inherited takes the sockets over (LISTEN_FDS, if LISTEN_PID is this process)
// and removes their variables from the environment. It is for one call. What the
// sockets are is not looked at.
func Inherited() ([]Socket, error) {
	count := os.Getenv("LISTEN_FDS")
	if os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) && count != "" {
		if n, err := strconv.Atoi(count); err != nil || n < 0 || n > maxSockets {
			for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
				_ = os.Unsetenv(name)
			}
			return nil, fmt.Errorf("systemd: LISTEN_FDS=%.40q: not a number of sockets from 0 to %d", count, maxSockets)
		}
	}
	var sockets []Socket
	for _, f := range activation.Files(true) {
		sockets = append(sockets, Socket{File: f, Name: f.Name(), API: f.Name() == APIName})
	}
	return sockets, nil
}
