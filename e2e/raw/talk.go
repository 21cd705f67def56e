package raw

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/server"
)

// patience is how long an answer may take. Silence is written down.
const patience = 10 * time.Second

// Talk is one conversation with one server.
type Talk struct {
	tb     testing.TB
	server *server.Server
	lines  []string
	ids    ids
	sid    string // the Engine.IO session that {sid} stands for
	ack    string // the id, {ack}, under which the server last asked for an acknowledgement
	conns  []*Conn
}

// New begins a conversation. Its connections are closed when the test ends.
func New(tb testing.TB, s *server.Server) *Talk {
	k := &Talk{tb: tb, server: s}
	tb.Cleanup(func() {
		for _, c := range k.conns {
			c.nc.Close()
		}
	})
	return k
}

// Transcript is what was written down so far.
func (k *Talk) Transcript() string { return strings.Join(k.lines, "\n") }

// Note writes down a line of the case's own.
func (k *Talk) Note(format string, args ...any) {
	k.lines = append(k.lines, strings.TrimRight(k.ids.replace(fmt.Sprintf(format, args...)), " "))
}

// AnyOrder sorts what f writes down: the server may answer in either order.
func (k *Talk) AnyOrder(f func()) {
	from := len(k.lines)
	f()
	slices.Sort(k.lines[from:])
}

// Dial opens a connection.
func (k *Talk) Dial() *Conn {
	k.tb.Helper()
	nc, err := net.DialTimeout("tcp", k.server.Addr, patience)
	if err != nil {
		k.tb.Fatalf("%s: %v", k.server.Name, err)
	}
	c := newConn(k, nc)
	k.conns = append(k.conns, c)
	return c
}

// Fill replaces {sid}, {ack} and {host} in what is sent.
func (k *Talk) Fill(s string) string {
	return strings.NewReplacer("{sid}", k.sid, "{ack}", k.ack, "{host}", k.server.Addr).Replace(s)
}

// Disconnected waits until the application has heard that one of the
// conversation's sockets is gone, and writes down why.
func (k *Talk) Disconnected() {
	e, ok := k.server.Wait(patience, func(e server.Event) bool {
		return e.Kind == "disconnect" && k.ids.known(e.ID)
	})
	if !ok {
		k.Note("application: no disconnect")
		return
	}
	k.Note("application: disconnect %s: %s", e.Namespace, e.Reason)
}
