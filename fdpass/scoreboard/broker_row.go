package scoreboard

// Gauges of the broker's row.
const (
	Routes = iota // bus servers of other machines that it is connected to
	BrokerGauges
)

// Counters of the broker's row.
const (
	PeersRefused = iota // connections of such servers that were refused
	BrokerCounters
)
