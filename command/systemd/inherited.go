package systemd

import (
	"os"

	"github.com/coreos/go-systemd/v22/activation"
)

// APIName is the FileDescriptorName= of sockets that serve the HTTP API.
const APIName = "api"

// Socket is a socket that the service manager has opened. The receiver owns and
// closes File.
type Socket struct {
	File *os.File // close-on-exec
	Name string   // FileDescriptorName=, by default the socket unit's name
	API  bool     // the name is APIName
}

// Inherited takes the sockets over (LISTEN_FDS, if LISTEN_PID is this process)
// and removes their variables from the environment. It is for one call, before
// anything else opens descriptors by number. What the sockets are is not looked
// at.
func Inherited() ([]Socket, error) {
	var sockets []Socket
	for _, f := range activation.Files(true) {
		sockets = append(sockets, Socket{File: f, Name: f.Name(), API: f.Name() == APIName})
	}
	return sockets, nil
}
