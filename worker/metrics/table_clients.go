package metrics

import (
	"strconv"
	"strings"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/socketio"
)

// word is a reason as the value of a label.
func word(s string) string { return strings.ReplaceAll(s, " ", "_") }

// refusals are the reference's codes, in words.
var refusals = [engineio.RefusalCodes]string{
	engineio.UnknownTransport:           "transport_unknown",
	engineio.UnknownSID:                 "session_id_unknown",
	engineio.BadHandshakeMethod:         "bad_handshake_method",
	engineio.BadRequest:                 "bad_request",
	engineio.Forbidden:                  "forbidden",
	engineio.UnsupportedProtocolVersion: "unsupported_protocol_version",
}

// clientMetrics tell who is there.
func clientMetrics() []metric {
	return []metric{
		{kind: gauge, name: "connections", help: "Connections that the event loop holds: WebSockets, those of clients that poll, and ends of tunnels.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Loop.Conns) })},
		{kind: counter, name: "connections_accepted_total", help: "Connections that workers took from the master, of the HTTP API too.",
			series: one(func(s *Sample) uint64 { return s.Worker.Accepted })},
		{kind: gauge, name: "sessions", help: "Engine.IO sessions, by transport and by the protocol's revision.", labels: []string{"transport", "revision"},
			series: []series{
				by(func(s *Sample) uint64 { return unsigned(s.Engine.Polling.V3) }, engineio.Polling, "3"),
				by(func(s *Sample) uint64 { return unsigned(s.Engine.Polling.V4) }, engineio.Polling, "4"),
				by(func(s *Sample) uint64 { return unsigned(s.Engine.WebSocket.V3) }, engineio.WebSocket, "3"),
				by(func(s *Sample) uint64 { return unsigned(s.Engine.WebSocket.V4) }, engineio.WebSocket, "4"),
			}},
		{kind: counter, name: "sessions_opened_total", help: "Engine.IO handshakes that were accepted.",
			series: one(func(s *Sample) uint64 { return s.Engine.Handshakes })},
		{kind: counter, name: "disconnects_total", help: "Engine.IO sessions that ended, by reason.", labels: []string{"reason"},
			series: plural(len(engineio.Reasons), func(i int) series {
				return by(func(s *Sample) uint64 { return s.Engine.Ended[i] }, word(string(engineio.Reasons[i])))
			})},
		{kind: counter, name: "upgrades_total", help: "Sessions that went on from polling to WebSocket.",
			series: one(func(s *Sample) uint64 { return s.Engine.Upgrades })},
		{kind: counter, name: "forwarded_ignored_total", help: "Handshakes that named a client's address in a header, from a peer that is no trusted proxy: it was ignored.",
			series: one(func(s *Sample) uint64 { return s.Engine.ForwardedIgnored })},
		{kind: counter, name: "handshake_errors_total", help: "Requests that Engine.IO refused, by the code that the client was told.", labels: []string{"code", "error"},
			series: plural(engineio.RefusalCodes, func(i int) series {
				return by(func(s *Sample) uint64 { return s.Engine.Refused[i] }, strconv.Itoa(i), refusals[i])
			})},
		{kind: gauge, name: "sockets", help: "Socket.IO sockets: clients, once for each namespace that they are in.",
			series: one(func(s *Sample) uint64 { return unsigned(s.IO.Sockets) })},
		{kind: counter, name: "sockets_connected_total", help: "Socket.IO sockets that were let into a namespace.",
			series: one(func(s *Sample) uint64 { return s.IO.Connected })},
		{kind: counter, name: "sockets_refused_total", help: "Socket.IO CONNECTs that were refused.",
			series: one(func(s *Sample) uint64 { return s.IO.Refused })},
		{kind: counter, name: "socket_disconnects_total", help: "Socket.IO sockets that were let in and are gone, by reason.", labels: []string{"reason"},
			series: plural(len(socketio.Reasons), func(i int) series {
				return by(func(s *Sample) uint64 { return s.IO.Disconnects[i] }, word(socketio.Reasons[i]))
			})},
		{kind: gauge, name: "room_memberships", help: "Sockets in rooms, once for each room that one is in.",
			series: one(func(s *Sample) uint64 { return unsigned(s.IO.Memberships) })},
		{kind: gauge, name: "dynamic_namespaces", help: "Namespaces that were made because a client asked for them.",
			series: one(func(s *Sample) uint64 { return unsigned(s.IO.DynamicNamespaces) })},
	}
}
