package load

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
)

// Revision is one of Engine.IO.
type Revision = eio.Revision

// Options are what a fleet is.
type Options struct {
	Target    netip.AddrPort
	Host      string   // of the Host header
	Path      string   // "/socket.io/"
	Namespace string   // "" or "/" is the default one
	Revision  Revision // 3 or 4
	Polling   bool     // long-polling instead of WebSocket
	Header    []string // of every request: lines such as "Cookie: a=b"
	Auth      string   // of the CONNECT packet: a JSON object, or nothing
	Sources   []netip.Prefix

	Clients     int
	Threads     int
	Connecting  int           // handshakes under way at once, where ConnectRate is 0
	ConnectRate float64       // handshakes begun a second
	Timeout     time.Duration // of a client to be ready, and of what is still to arrive at the end
	KeepIDs     bool          // remember each socket's id, which is a room of its own
}

// The limits that a fleet keeps to.
const (
	maxThreads      = 64
	maxMessageBytes = 64 << 20        // of one message of the server
	idlePost        = 2 * time.Second // after which a connection is not trusted to be still open for a POST
	tickEvery       = 10 * time.Millisecond
	sendsPerTurn    = 256 // of an open loop that is behind, before it reads again
	spareFDs        = 64  // descriptors for everything but clients
)

func (o *Options) check() error {
	switch {
	case !o.Target.IsValid():
		return errors.New("load: no target")
	case o.Clients < 1:
		return fmt.Errorf("load: %d clients", o.Clients)
	case o.Threads < 1 || o.Threads > maxThreads:
		return fmt.Errorf("load: %d threads, of 1 to %d", o.Threads, maxThreads)
	case o.Revision != eio.V3 && o.Revision != eio.V4:
		return fmt.Errorf("load: revision %d", o.Revision)
	case o.Connecting < 1 && o.ConnectRate <= 0:
		return errors.New("load: no handshake may be under way")
	case o.Timeout <= 0:
		return errors.New("load: no timeout")
	}
	return nil
}

// Descriptors is how many a fleet of these options may open.
func (o *Options) Descriptors() uint64 {
	each := uint64(1)
	if o.Polling {
		each = 2 // a GET waits while a POST is on its way
	}
	return uint64(o.Clients)*each + spareFDs
}

// prefix is what stands before the data of a packet of the namespace.
func (o *Options) prefix() string {
	if o.Namespace == "" || o.Namespace == "/" {
		return ""
	}
	return o.Namespace + ","
}
