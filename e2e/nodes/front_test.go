package nodes

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// front spreads TCP connections over servers in turn. It passes bytes on, and
// connects from the address that a client has.
type front struct {
	t       *testing.T
	addr    string
	listen  net.Listener
	wg      sync.WaitGroup
	mu      sync.Mutex
	servers []string
	next    int
	open    map[net.Conn]struct{}
	closed  bool
}

func newFront(t *testing.T, servers ...string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, addr: l.Addr().String(), listen: l, servers: servers, open: make(map[net.Conn]struct{})}
	f.wg.Go(f.accept)
	t.Cleanup(f.close)
	return f
}

func (f *front) accept() {
	for {
		client, err := f.listen.Accept()
		if err != nil {
			return
		}
		f.wg.Go(func() { f.pass(client) })
	}
}

// without takes a server out.
func (f *front) without(server string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []string
	for _, s := range f.servers {
		if s != server {
			left = append(left, s)
		}
	}
	f.servers = left
}

func (f *front) turn() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	return f.servers[f.next%len(f.servers)]
}

// hold keeps a connection to be closed at the end.
func (f *front) hold(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.open[c] = struct{}{}
	}
	return !f.closed
}

func (f *front) release(c net.Conn) {
	_ = c.Close()
	f.mu.Lock()
	delete(f.open, c)
	f.mu.Unlock()
}

func (f *front) pass(client net.Conn) {
	defer f.release(client)
	from := client.RemoteAddr().(*net.TCPAddr).IP
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	server, err := d.DialContext(f.t.Context(), "tcp", f.turn())
	if err != nil {
		return
	}
	defer f.release(server)
	if !f.hold(client) || !f.hold(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { relay(server, client) })
	relay(client, server)
	both.Wait()
}

// relay copies until one ends, and passes that on.
func relay(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok && err == nil {
		err = half.CloseWrite()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		_, _ = to.Close(), from.Close()
	}
}

func (f *front) close() {
	_ = f.listen.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.wg.Wait()
}
