package master

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const unixPrefix = "unix:"

// listener is a listening socket in Go's poller. What it accepts never joins that poller.
type listener struct {
	index   uint16
	name    string // as given
	address string // as bound: host:port, or unix:/path
	file    *os.File
	raw     syscall.RawConn
	socket  os.FileInfo // of a Unix socket: what we made, so that another's file is never removed
}

// listen opens one address: host:port, :port, [::]:port or unix:/path. Errors say what and where on one line.
func listen(address string) (*listener, error) {
	l, err := open(address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, reason(err))
	}
	return l, nil
}

// reason strips what net puts around a system's error: the address is in our line already.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var address *net.AddrError
	if errors.As(err, &address) {
		return errors.New(address.Err)
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

func open(address string) (*listener, error) {
	l := &listener{name: address, address: address}
	network := "tcp"
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		if path == "" {
			return nil, errors.New("a path must follow")
		}
		if err := clearStale(path); err != nil {
			return nil, err
		}
		network, address = "unix", path
	}
	config := net.ListenConfig{}
	config.SetMultipathTCP(false) // it costs each connection a second socket, and none asks for it
	ln, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	defer ln.Close()
	switch ln := ln.(type) {
	case *net.TCPListener:
		l.address = ln.Addr().String()
		err = l.adopt(ln)
	case *net.UnixListener:
		ln.SetUnlinkOnClose(false)
		if l.socket, err = os.Lstat(address); err == nil {
			err = l.adopt(ln)
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// adopt takes a descriptor of its own of a listener of net's, which cannot be read in batches.
func (l *listener) adopt(ln syscall.Conn) error {
	raw, err := ln.SyscallConn()
	if err != nil {
		return err
	}
	var fd int
	var callErr error
	err = raw.Control(func(original uintptr) {
		if fd, callErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0); callErr == nil && l.socket == nil {
			// Accepted sockets inherit it: one call here instead of one a connection.
			callErr = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		}
	})
	if err = errors.Join(err, callErr); err != nil {
		return err
	}
	l.file = os.NewFile(uintptr(fd), l.name)
	l.raw, err = l.file.SyscallConn()
	return err
}

// clearStale removes a socket file that nobody listens on any more. Anything else at path is left, and is an error.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return errors.New("the file exists and is not a socket")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != unix.ECONNREFUSED {
		return errors.New("another server listens there")
	}
	return os.Remove(path)
}

// close stops listening and removes the socket file, if it is still ours.
func (l *listener) close() error {
	err := l.file.Close()
	if l.socket == nil {
		return err
	}
	path := strings.TrimPrefix(l.name, unixPrefix)
	if info, statErr := os.Lstat(path); statErr == nil && os.SameFile(info, l.socket) {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
