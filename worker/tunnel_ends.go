package worker

import (
	"sync/atomic"

	"github.com/ioserver/ioserver/worker/metrics"
)

// closeReason is why a tunnel ended; on the bus too.
type closeReason byte

const (
	closedInOrder  closeReason = iota + 1 // one of the connections ended
	closedBroken                          // one of them broke
	closedByLoss                          // frames between the ends are missing
	closedByDeath                         // the worker at the other end is gone, or knows nothing of it
	closedByExcess                        // a queue was full, or the other end kept to no window
	closedByBus                           // the bus took no frame
	closedUnopened                        // the home did not take it, or said nothing in time
	closedByStop                          // the carrier stops
	closeReasons
)

var _ = [1]int{}[len(metrics.TunnelCloses)+1-int(closeReasons)] // each has a name

func (w closeReason) String() string { return metrics.TunnelCloses[w-1] }

// orderly is after all that was said has been passed on.
func (w closeReason) orderly() bool { return w == closedInOrder || w == closedByStop }

// tunnelStats are of both ends, but for the bytes.
type tunnelStats struct {
	carried, served       atomic.Uint64 // opened as carrier, and as home
	open                  atomic.Int64
	toSessions, toClients atomic.Uint64 // bytes, counted by carriers
	closes                [closeReasons]atomic.Uint64
}

// stats are what other machines' workers and this one have to do with each other.
func (r *relay) stats() metrics.Relay {
	t := &r.tunnelStats
	s := metrics.Relay{
		Malformed: r.bus.malformed.Load(), Stale: r.bus.stale.Load(),
		Sent: r.bus.queue.overflows.Load(), Received: r.bus.overflows.Load(),
		Tunnels: metrics.Tunnels{
			Open: t.open.Load(), Carried: t.carried.Load(), Served: t.served.Load(),
			ToSessions: t.toSessions.Load(), ToClients: t.toClients.Load(),
		},
	}
	for i := range s.Tunnels.Closes {
		s.Tunnels.Closes[i] = t.closes[i+1].Load()
	}
	return s
}

// The whole answers to clients whose tunnel does not open.
const (
	refusalGone = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 18\r\n\r\nSession ID unknown"
	refusalBusy = refusal503
)

// refusal is what the client is told.
func (w closeReason) refusal() string {
	if w == closedByDeath {
		return refusalGone
	}
	return refusalBusy
}
