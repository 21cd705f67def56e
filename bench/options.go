package bench

import (
	"net/netip"
	"time"

	"github.com/ioserver/ioserver/bench/load"
)

// The scenarios.
const (
	Connect   = "connect"
	Idle      = "idle"
	Echo      = "echo"
	Broadcast = "broadcast"
	Rooms     = "rooms"
	Polling   = "polling"
	Soak      = "soak"
)

// Scenarios are all, in the order of help.
func Scenarios() []string { return []string{Connect, Idle, Echo, Broadcast, Rooms, Polling, Soak} }

// MinSize is the smallest payload in bytes.
const MinSize = load.MinSize

// ParseSources reads ranges such as 127.0.0.0/24, and single addresses, with
// commas between.
func ParseSources(text string) ([]netip.Prefix, error) { return load.ParseSources(text) }

// The transports.
const (
	WebSocket   = "websocket"
	LongPolling = "polling"
)

// Options are what is done. [Defaults] are those of the command.
type Options struct {
	Scenarios []string // none: connect, idle, echo

	URL       string // http://host:port
	Path      string
	Namespace string
	Revision  int
	Transport string
	Headers   []string // "Name: value", of clients' requests
	Auth      string   // a JSON object for the CONNECT packet

	Clients     int
	Threads     int
	Sources     []netip.Prefix // none: 127.0.0.0/24 where the server is on 127.0.0.0/8
	Connecting  int            // handshakes under way
	ConnectRate float64        // handshakes a second; 0: as Connecting allows
	Timeout     time.Duration

	Rate     float64 // messages a second; 0: a closed loop
	InFlight int     // of a closed loop; 0: what suits the scenario
	Messages int64   // then it ends, without warm-up; 0: as many as fit the duration
	Warmup   time.Duration
	Duration time.Duration
	Size     int

	Event          string // that is acknowledged with its argument
	BroadcastEvent string // that the server broadcasts
	JoinEvent      string // that puts a client into a room
	Rooms          int    // how many; 0: each client's own
	Trigger        string // URL for a POST that has the server broadcast
	TriggerHeaders []string
	TriggerBody    string // "": as POST /api/emit takes it

	PID     int // of the server; 0: it is not measured
	Version string
}

// Defaults are the options where nothing is said.
func Defaults() *Options {
	return &Options{
		Path: "/socket.io/", Namespace: "/", Revision: 4, Transport: WebSocket,
		Clients: 100, Threads: 1, Connecting: 256, Timeout: 10 * time.Second,
		Warmup: time.Second, Duration: 10 * time.Second, Size: 64,
		Event: "echo", JoinEvent: "",
	}
}
