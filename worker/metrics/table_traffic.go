package metrics

import "github.com/ioserver/ioserver/worker/engineio"

// transports is a metric by transport.
func transports(read func(*engineio.Traffic) uint64) []series {
	return []series{
		by(func(s *Sample) uint64 { return read(&s.Engine.PollingTraffic) }, engineio.Polling),
		by(func(s *Sample) uint64 { return read(&s.Engine.WebSocketTraffic) }, engineio.WebSocket),
	}
}

// trafficMetrics tell what is said.
func trafficMetrics() []metric {
	transport := []string{"transport"}
	return []metric{
		{kind: counter, name: "packets_received_total", help: "Engine.IO packets of clients, heartbeats among them.", labels: transport,
			series: transports(func(t *engineio.Traffic) uint64 { return t.PacketsIn })},
		{kind: counter, name: "packets_sent_total", help: "Engine.IO packets to clients, heartbeats among them.", labels: transport,
			series: transports(func(t *engineio.Traffic) uint64 { return t.PacketsOut })},
		{kind: counter, name: "received_bytes_total", help: "Payload of the packets of clients, without what the transport adds.", labels: transport,
			series: transports(func(t *engineio.Traffic) uint64 { return t.BytesIn })},
		{kind: counter, name: "sent_bytes_total", help: "Payload of the packets to clients, without what the transport adds.", labels: transport,
			series: transports(func(t *engineio.Traffic) uint64 { return t.BytesOut })},
		{kind: counter, name: "events_total", help: "Events of clients that were given to a handler.",
			series: one(func(s *Sample) uint64 { return s.IO.Events })},
		{kind: counter, name: "events_ignored_total", help: "Events of clients that there is no handler for.",
			series: one(func(s *Sample) uint64 { return s.IO.Ignored })},
		{kind: counter, name: "events_refused_total", help: "Events of clients that middleware has kept from their handlers.",
			series: one(func(s *Sample) uint64 { return s.IO.Refusals })},
		{kind: counter, name: "emits_total", help: "Events that were emitted: by handlers, over the HTTP API, to one or to many.",
			series: one(func(s *Sample) uint64 { return s.IO.Emits })},
		{kind: counter, name: "deliveries_total", help: "Events queued to sockets: one for each that an emit reaches, on whatever worker.",
			series: one(func(s *Sample) uint64 { return s.IO.Deliveries })},
		{kind: counter, name: "acks_received_total", help: "Acknowledgements of clients.",
			series: one(func(s *Sample) uint64 { return s.IO.AcksIn })},
		{kind: counter, name: "acks_sent_total", help: "Acknowledgements to clients.",
			series: one(func(s *Sample) uint64 { return s.IO.AcksOut })},
		{kind: counter, name: "server_events_sent_total", help: "Events to the applications of other workers.",
			series: one(func(s *Sample) uint64 { return s.IO.ServerEventsSent })},
		{kind: counter, name: "server_events_received_total", help: "Events of the applications of other workers.",
			series: one(func(s *Sample) uint64 { return s.IO.ServerEventsReceived })},
		{kind: counter, name: "requests_total", help: "Calls that wait for answers: broadcasts with acknowledgements, sockets fetched or joining on all workers, server-side events with answers.",
			series: one(func(s *Sample) uint64 { return s.IO.Requests })},
		{kind: counter, name: "requests_served_total", help: "Such calls of other workers that this one answered.",
			series: one(func(s *Sample) uint64 { return s.IO.RequestsServed })},
		{kind: counter, name: "relays_asked_total", help: "Polling requests that reached another worker than their session's, and were passed on to it: to one of the same machine, or of another in the cluster.", labels: []string{"to"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Worker.RelaysAsked }, "machine"),
				by(func(s *Sample) uint64 { return s.Worker.RelaysAcross }, "cluster"),
			}},
		{kind: counter, name: "relays_answered_total", help: "Polling requests that other workers passed on, answered.",
			series: one(func(s *Sample) uint64 { return s.Worker.RelaysAnswered })},
		{kind: counter, name: "relays_lost_total", help: "Polling requests passed on to which no answer came.",
			series: one(func(s *Sample) uint64 { return s.Worker.RelaysLost })},
		{kind: counter, name: "handovers_total", help: "Upgrades that reached another worker than their session's, and were handed over to it.",
			series: one(func(s *Sample) uint64 { return s.Engine.Handovers })},
	}
}
