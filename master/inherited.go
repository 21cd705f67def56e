package master

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// inherited takes a listening socket that a service manager has made: a descriptor of its own of it, so that i.File can be closed. An
// error says which one on one line.
func inherited(i Inherited) (*listener, error) {
	l, err := inherit(i)
	if err != nil {
		return nil, fmt.Errorf("cannot use inherited socket %q: %w", i.Name, err)
	}
	return l, nil
}

func inherit(i Inherited) (*listener, error) {
	l := &listener{name: i.Name}
	raw, err := i.File.SyscallConn()
	if err != nil {
		return nil, err
	}
	var own error
	err = raw.Control(func(fd uintptr) {
		if l.address, l.unix, own = listening(int(fd)); own != nil {
			return
		}
		// Another's may block, and accepting must not.
		own = os.NewSyscallError("fcntl", unix.SetNonblock(int(fd), true))
	})
	if err = errors.Join(err, own); err != nil {
		return nil, err
	}
	if i.API && l.unix && !strings.HasPrefix(l.address, unixPrefix+"/") {
		return nil, errors.New("the HTTP API needs a socket with a path: without one it has no permissions")
	}
	if err := l.adopt(i.File); err != nil {
		return nil, err
	}
	return l, nil
}

// listening returns the address of a TCP or Unix stream socket that listens.
func listening(fd int) (address string, local bool, err error) {
	option := func(name int) int {
		v, callErr := unix.GetsockoptInt(fd, unix.SOL_SOCKET, name)
		err = errors.Join(err, callErr)
		return v
	}
	kind, protocol, accepts := option(unix.SO_TYPE), option(unix.SO_PROTOCOL), option(unix.SO_ACCEPTCONN)
	if err != nil {
		return "", false, errors.New("it is not a socket")
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return "", false, os.NewSyscallError("getsockname", err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
		address = addrOf(name).String()
		if protocol != unix.IPPROTO_TCP && protocol != unix.IPPROTO_MPTCP {
			kind = 0
		}
	case *unix.SockaddrUnix:
		address, local = unixPrefix+name.Name, true
	default:
		kind = 0
	}
	switch {
	case kind != unix.SOCK_STREAM:
		return "", false, errors.New("it is neither a TCP nor a Unix stream socket")
	case accepts == 0:
		return "", false, errors.New("it does not listen")
	}
	return address, local, nil
}
