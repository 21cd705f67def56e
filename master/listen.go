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
	unix    bool
	socket  os.FileInfo // of a Unix socket that we made, so that another's file is never removed
}

// apiMode is the mode of the HTTP API's Unix sockets: who may connect needs no token there.
const apiMode = 0o660

// listen opens one address: host:port, :port, [::]:port or unix:/path. Errors say what and where on one line.
func listen(address string) (*listener, error) { return listenMode(address, 0) }

// listenAPI opens one address of the HTTP API.
func listenAPI(address string) (*listener, error) { return listenMode(address, apiMode) }

func listenMode(address string, mode uint32) (*listener, error) {
	l, err := open(address, mode)
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

// open opens an address. mode is a Unix socket's from its first moment on; 0 leaves it to the umask.
func open(address string, mode uint32) (*listener, error) {
	l := &listener{name: address, address: address}
	network := "tcp"
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		if path == "" {
			return nil, errors.New("a path must follow")
		}
		if err := clearStale(path); err != nil {
			return nil, err
		}
		network, address, l.unix = "unix", path, true
	}
	config := net.ListenConfig{}
	if l.unix && mode != 0 {
		config.Control = func(_, _ string, c syscall.RawConn) error { return presetMode(c, mode) }
	}
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
		err = l.own(ln, address, mode)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// own takes over a Unix socket that was just made at path. Where that fails the file goes again.
func (l *listener) own(ln *net.UnixListener, path string, mode uint32) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	l.socket = info
	if mode != 0 {
		err = setMode(path, mode)
	}
	if err == nil {
		err = l.adopt(ln)
	}
	if err != nil {
		return errors.Join(err, l.unlink())
	}
	return nil
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
		if fd, callErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0); callErr == nil && !l.unix {
			// Accepted sockets inherit it: one call here instead of one a connection.
			callErr = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		}
	})
	if err = errors.Join(err, callErr); err != nil {
		if fd > 0 {
			_ = unix.Close(fd)
		}
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
	return errors.Join(l.file.Close(), l.unlink())
}

func (l *listener) unlink() error {
	if l.socket == nil {
		return nil
	}
	path := strings.TrimPrefix(l.name, unixPrefix)
	if info, err := os.Lstat(path); err != nil || !os.SameFile(info, l.socket) {
		return nil
	}
	return os.Remove(path)
}
