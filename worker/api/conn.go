package api

import (
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// conn is a net.Conn on a descriptor. Unlike net.FileConn it needs no second one
// and asks the system for no address.
type conn struct {
	*os.File
	local, remote net.Addr
	linger        bool          // unread input is left: see Close
	patience      time.Duration // of Close with that
}

func newConn(fd int, local, remote net.Addr, patience time.Duration) *conn {
	return &conn{File: os.NewFile(uintptr(fd), "connection"), local: local, remote: remote, patience: patience}
}

// LocalAddr is the listener's.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the client's.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Close ends the connection. A system resets one that is closed with input
// unread, and the client might then never see why its request was refused. So
// that input is thrown away for a while.
func (c *conn) Close() error {
	if c.linger && c.closeWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(c.patience))
		_, _ = io.CopyN(io.Discard, c.File, lingerBytes)
	}
	return c.File.Close()
}

func (c *conn) closeWrite() error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if cerr := raw.Control(func(fd uintptr) { err = unix.Shutdown(int(fd), unix.SHUT_WR) }); cerr != nil {
		return cerr
	}
	return os.NewSyscallError("shutdown", err)
}
