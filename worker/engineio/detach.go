package engineio

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// detach takes the descriptor out of a connection that fasthttp has let go of,
// with the bytes that were read from it and not used, and closes the
// connection. The caller owns the descriptor, which is non-blocking.
func detach(c net.Conn) (fd int, unread []byte, err error) {
	defer func() {
		if cerr := inner(c).Close(); err == nil && cerr != nil {
			closeDescriptor(fd)
			fd, err = -1, fmt.Errorf("detach: close the original: %w", cerr)
		}
	}()
	if unread, err = buffered(c); err != nil {
		return -1, nil, err
	}
	sc, ok := inner(c).(syscall.Conn)
	if !ok {
		return -1, nil, fmt.Errorf("detach: a %T has no descriptor", inner(c))
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1, nil, fmt.Errorf("detach: %w", err)
	}
	fd = -1
	cerr := raw.Control(func(original uintptr) {
		fd, err = duplicate(int(original))
	})
	if err = errors.Join(cerr, err); err != nil {
		return -1, nil, fmt.Errorf("detach: %w", err)
	}
	if d, ok := inner(c).(*descriptorConn); ok {
		d.moved(fd)
	}
	return fd, unread, nil
}

// inner is the connection under fasthttp's wrappers.
func inner(c net.Conn) net.Conn {
	for {
		u, ok := c.(interface{ UnsafeConn() net.Conn })
		if !ok {
			return c
		}
		c = u.UnsafeConn()
	}
}

// buffered returns what fasthttp has read ahead. Behind an expired deadline a
// read yields that and never the network's.
func buffered(c net.Conn) ([]byte, error) {
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return nil, fmt.Errorf("detach: %w", err)
	}
	var unread []byte
	var chunk [1024]byte
	for {
		n, err := c.Read(chunk[:])
		unread = append(unread, chunk[:n]...)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return unread, nil
		case errors.Is(err, io.EOF) && len(unread) > 0:
			return unread, nil
		case err != nil:
			return nil, fmt.Errorf("detach: %w", err)
		}
	}
}
