package metrics

// TunnelCloses are the reasons why a tunnel ended, in the order of Tunnels.Closes.
var TunnelCloses = [...]string{"ended", "broken", "loss", "peer_gone", "excess", "bus", "not_opened", "stop"}

// Relay is what the relay between machines counts.
type Relay struct {
	Malformed uint64 // frames
	Stale     uint64 // frames for an earlier life of the slot
	Sent      uint64 // frames refused: too many waited for the bus
	Received  uint64 // frames refused: too many waited for the loop
	Tunnels   Tunnels
}

// Tunnels are both ends of those that this worker has part in.
type Tunnels struct {
	Open                  int64
	Carried, Served       uint64 // made, as the end of the client, and of the session
	ToSessions, ToClients uint64 // bytes, of those carried
	Closes                [len(TunnelCloses)]uint64
}

// relayMetrics tell how sessions are served through other machines.
func relayMetrics() []metric {
	return []metric{
		{kind: gauge, name: "tunnels", help: "WebSockets between a client of one machine and a session of another, at either end.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Relay.Tunnels.Open) })},
		{kind: counter, name: "tunnels_total", help: "Such WebSockets that were opened, by the end: upgrades that reached another machine than their session's, and sessions' of this one.", labels: []string{"end"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Relay.Tunnels.Carried }, "client"),
				by(func(s *Sample) uint64 { return s.Relay.Tunnels.Served }, "session"),
			}},
		{kind: counter, name: "tunnel_bytes_total", help: "Bytes of such WebSockets, with their framing, counted where the client is.", labels: []string{"to"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Relay.Tunnels.ToSessions }, "session"),
				by(func(s *Sample) uint64 { return s.Relay.Tunnels.ToClients }, "client"),
			}},
		{kind: counter, name: "tunnel_closes_total", help: "Such WebSockets that ended, at either end, by reason.", labels: []string{"reason"},
			series: plural(len(TunnelCloses), func(i int) series {
				return by(func(s *Sample) uint64 { return s.Relay.Tunnels.Closes[i] }, TunnelCloses[i])
			})},
		{kind: counter, name: "relay_frames_dropped_total", help: "Frames of other machines' relays that were dropped: malformed, or for a worker that was here before.", labels: []string{"reason"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Relay.Malformed }, "malformed"),
				by(func(s *Sample) uint64 { return s.Relay.Stale }, "stale"),
			}},
	}
}
