package embedded

import "sync/atomic"

// Stats are of the cluster that a server is in, to be read at any time.
type Stats struct {
	Routes  atomic.Uint64 // servers of other machines that it is connected to
	Refused atomic.Uint64 // connections of such that showed a wrong secret, or another cluster's name
}
