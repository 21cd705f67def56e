package crowd

import "fmt"

// Kind is how a client speaks.
type Kind struct {
	Revision  int // of Engine.IO: 3 (clients 1.x, 2.x) or 4 (3.x, 4.x)
	Transport Transport
	// KeepAlive sends successive requests on one TCP connection, as browsers
	// do, instead of each on its own.
	KeepAlive bool
}

// Transport is one of the three ways to connect.
type Transport string

// The transports.
const (
	Polling   Transport = "polling"
	WebSocket Transport = "websocket"
	Upgrade   Transport = "upgrade" // begins with polling
)

// String is the kind in a few words.
func (k Kind) String() string {
	s := fmt.Sprintf("revision %d %s", k.Revision, k.Transport)
	if k.KeepAlive {
		s += " keep-alive"
	}
	return s
}

// Kinds are all there are.
func Kinds() (kinds []Kind) {
	for _, revision := range []int{3, 4} {
		kinds = append(kinds,
			Kind{revision, WebSocket, false},
			Kind{revision, Polling, false}, Kind{revision, Polling, true},
			Kind{revision, Upgrade, false}, Kind{revision, Upgrade, true})
	}
	return kinds
}
