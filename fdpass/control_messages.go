package fdpass

import (
	"encoding/json"
	"time"
)

// Magic begins every Hello. A process that finds a fitting socket as its descriptor 3 but hears something else is nobody's child.
const Magic = "ioserver control 1"

// Role is what a child is told to be.
type Role string

// The roles.
const (
	RoleWorker Role = "worker"
	RoleBroker Role = "broker"
)

// Hello is the first message to a child, and all that it needs to know.
type Hello struct {
	Magic     string
	Role      Role
	Slot      int             // a worker's; 0 to Slots-1
	Slots     int             // how many workers there are
	Node      uint16          // this machine's number on the bus
	Boot      uint64          // random at each start of the master, never 0
	Began     time.Time       // that start
	Life      uint64          // different for each process that the master starts, and growing
	IDKey     [16]byte        // the key that session ids are signed with
	Listeners []string        // as bound, host:port or unix:/path, in the order of Origin.Listener
	API       int             // Listeners[API:] are for the HTTP API; len(Listeners) where none is
	Turnstile bool            // a worker's: it inherits the turnstile, behind the inboxes, and notes there what becomes of connections
	Peers     []Peer          // the other slots that serve now
	Bus       Bus             // a worker's; no URLs: the embedded server is not up yet, and a Bus message follows
	Config    json.RawMessage // the role's own, opaque to the master
}

// Peer tells a worker that the worker of another slot serves now, or has died.
type Peer struct {
	Slot int
	Life uint64
	Up   bool
}

// Bus tells a worker where the bus is, at first and whenever that changes.
type Bus struct {
	URLs     []string
	User     string
	Password string
	Cluster  string
	Required bool // fail when it cannot be reached
	Shared   bool // other machines may be on it too
}

// Reload tells a child its new configuration: a whole one, of which it takes what can change while it runs. It may come before the
// child serves.
type Reload struct{ Config json.RawMessage }

// Stop asks a child to end within Timeout: a worker closes its clients' transports, then ends.
type Stop struct{ Timeout time.Duration }

// Ready is a child's word that it serves. Addr is the URL at which the broker's clients reach it, without credentials.
type Ready struct{ Addr string }

// Load is a worker's report for balancing: how many Accept messages it has taken since it started, and how many connections and
// sessions it holds.
type Load struct {
	Accepted uint64
	Open     int
}

// Failed says why a child is about to end. Exit other than 0 asks the master to end with that code, since starting the child again
// would not help; the master does not, when all slots have served already and this child has not.
type Failed struct {
	Message string
	Exit    int
}

// NodeTaken is a worker's word that another machine of the cluster has this one's number, and keeps it: it began earlier.
type NodeTaken struct {
	Node uint16
	Boot uint64 // the other's
	Host string // the other's, for people
}

// envelope is a control message on the wire.
type envelope struct {
	Type string
	Body json.RawMessage
}
