package metrics

import "github.com/ioserver/ioserver/broker"

// busMetrics tell how the workers hear each other.
func busMetrics() []metric {
	return []metric{
		{kind: gauge, name: "bus_joined", help: "Whether the worker is connected to the bus: 1 or 0; the total is how many are.",
			series: one(func(s *Sample) uint64 { return truth(s.State == broker.Connected) })},
		{kind: gauge, name: "bus_peers", help: "Other workers that are heard on the bus.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Feed.Peers) })},
		{kind: counter, name: "bus_connects_total", help: "Connections made to the bus.",
			series: one(func(s *Sample) uint64 { return s.Bus.Connects })},
		{kind: counter, name: "bus_published_total", help: "Messages to other workers.",
			series: one(func(s *Sample) uint64 { return s.Feed.Published })},
		{kind: counter, name: "bus_published_bytes_total", help: "Bytes of the messages to other workers.",
			series: one(func(s *Sample) uint64 { return s.Feed.PublishedBytes })},
		{kind: counter, name: "bus_delivered_total", help: "Messages of other workers.",
			series: one(func(s *Sample) uint64 { return s.Feed.Delivered })},
		{kind: counter, name: "bus_delivered_bytes_total", help: "Bytes of the messages of other workers.",
			series: one(func(s *Sample) uint64 { return s.Feed.DeliveredBytes })},
		{kind: counter, name: "bus_errors_total", help: "What went wrong on the bus, by what it was.", labels: []string{"reason"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Bus.Errors }, "server"),
				by(func(s *Sample) uint64 { return s.IO.PublishErrors }, "publish"),
				by(func(s *Sample) uint64 { return s.Feed.Malformed + s.IO.BusMalformed }, "malformed"),
				by(func(s *Sample) uint64 { return s.Feed.Stale }, "stale"),
				by(func(s *Sample) uint64 { return s.Feed.Unconfirmed }, "unconfirmed"),
			}},
		{kind: counter, name: "bus_joins_unconfirmed_total", help: "Joins of rooms that waited no longer for the bus: what other workers say to the room just then may be missed.",
			series: one(func(s *Sample) uint64 { return s.IO.JoinsUnconfirmed })},
		{kind: counter, name: "bus_gaps_total", help: "Times that messages of another worker were found missing, and asked for again.",
			series: one(func(s *Sample) uint64 { return s.Feed.Gaps })},
		{kind: counter, name: "bus_replayed_total", help: "Messages that came after they had been asked for again.",
			series: one(func(s *Sample) uint64 { return s.Feed.Replayed })},
		{kind: counter, name: "bus_lost_total", help: "Gaps that could not be filled: at least one message each.",
			series: one(func(s *Sample) uint64 { return s.Feed.Lost })},
		{kind: gauge, name: "bus_ring_bytes", help: "Bytes kept for others to ask for again.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Feed.RingBytes) })},
		{kind: gauge, name: "bus_queued", help: "Messages of other workers that wait to be delivered.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Feed.Queued) })},
		{kind: gauge, name: "bus_outgoing_bytes", help: "Bytes that wait to be sent to the bus.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Bus.Outgoing) })},
	}
}
