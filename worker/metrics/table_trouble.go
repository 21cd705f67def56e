package metrics

// trouble tells what went wrong, or reached a limit.
func trouble() []metric {
	return []metric{
		{kind: counter, name: "queue_overflows_total", help: "What was refused, dropped or closed because a bound was reached, by the bound.", labels: []string{"reason"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Engine.Queues }, "client_queue"),
				by(func(s *Sample) uint64 { return s.Engine.Replies }, "client_replies"),
				by(func(s *Sample) uint64 { return s.IO.EventOverflows }, "client_events"),
				by(func(s *Sample) uint64 { return s.IO.NamespaceOverflows }, "client_namespaces"),
				by(func(s *Sample) uint64 { return s.IO.DynamicOverflows }, "dynamic_namespaces"),
				by(func(s *Sample) uint64 { return s.IO.AuthOverflows }, "client_auth"),
				by(func(s *Sample) uint64 { return s.IO.RoomOverflows }, "client_rooms"),
				by(func(s *Sample) uint64 { return s.IO.AckOverflows }, "client_acks"),
				by(func(s *Sample) uint64 { return s.IO.OutgoingOverflows }, "outgoing_listeners"),
				by(func(s *Sample) uint64 { return s.IO.RoomEventOverflows }, "room_events"),
				by(func(s *Sample) uint64 { return s.IO.ServerEventOverflows }, "server_events"),
				by(func(s *Sample) uint64 { return s.Feed.QueueOverflows }, "bus_received"),
				by(func(s *Sample) uint64 { return s.Bus.Overflows }, "bus_sent"),
				by(func(s *Sample) uint64 { return s.Bus.PartsDropped }, "bus_parts"),
				by(func(s *Sample) uint64 { return s.Worker.PartialRequests }, "relayed_requests"),
				by(func(s *Sample) uint64 { return s.Relay.Sent }, "relay_sent"),
				by(func(s *Sample) uint64 { return s.Relay.Received }, "relay_received"),
				by(func(s *Sample) uint64 { return s.API.ConnectionOverflows }, "api_connections"),
				by(func(s *Sample) uint64 { return s.API.RequestOverflows }, "api_requests"),
			}},
		{kind: counter, name: "volatile_dropped_total", help: "Volatile events not sent to a client that could not be written to at once.",
			series: one(func(s *Sample) uint64 { return s.IO.VolatileDrops })},
		{kind: counter, name: "client_pauses_total", help: "Times that a client was not read from, because it was ahead of its handlers.",
			series: one(func(s *Sample) uint64 { return s.IO.Pauses })},
		{kind: counter, name: "violations_total", help: "Connections closed because the client broke Socket.IO's protocol.",
			series: one(func(s *Sample) uint64 { return s.IO.Violations })},
		{kind: counter, name: "client_timeouts_total", help: "Connections closed because a client did not go on in time, by what it owed.", labels: []string{"owed"},
			series: []series{
				by(func(s *Sample) uint64 { return s.IO.ConnectTimeouts }, "connect"),
				by(func(s *Sample) uint64 { return s.IO.AttachmentTimeouts }, "attachment"),
			}},
		{kind: counter, name: "panics_total", help: "Panics that were recovered, by where they were.", labels: []string{"where"},
			series: []series{
				by(func(s *Sample) uint64 { return s.IO.Panics }, "handler"),
				by(func(s *Sample) uint64 { return s.Engine.Panics }, "engine"),
				by(func(s *Sample) uint64 { return s.Loop.Panics }, "loop"),
			}},
		{kind: counter, name: "connections_stale_total", help: "Connections that had waited for their worker too long, answered with 503.",
			series: one(func(s *Sample) uint64 { return s.Worker.Stale })},
		{kind: counter, name: "connections_lost_total", help: "Connections that a worker had no descriptor left for.",
			series: one(func(s *Sample) uint64 { return s.Worker.Lost })},
		{kind: counter, name: "bad_messages_total", help: "Messages of other processes that could not be understood, dropped.",
			series: one(func(s *Sample) uint64 { return s.Worker.BadMessages })},
		{kind: counter, name: "log_lines_lost_total", help: "Log lines that could not be written.",
			series: one(func(s *Sample) uint64 { return s.Worker.LogLost })},
	}
}
