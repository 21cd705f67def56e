package report

import "time"

// Report is one run.
type Report struct {
	Version     string     `json:"version"` // of ioserver
	Started     time.Time  `json:"started"`
	Seconds     float64    `json:"seconds"`
	Target      Target     `json:"target"`
	Machine     Machine    `json:"machine"`
	Scenarios   []Scenario `json:"scenarios"`
	Warnings    []string   `json:"warnings"` // what makes the figures doubtful
	OK          bool       `json:"ok"`       // nothing was lost, doubled or changed
	Interrupted bool       `json:"interrupted"`
}

// Target is what was loaded.
type Target struct {
	URL       string `json:"url"`
	Path      string `json:"path"`
	Namespace string `json:"namespace"`
	Revision  int    `json:"revision"` // of Engine.IO
	PID       int    `json:"pid"`      // 0: not told
}

// Machine is where the load ran, and so the server, if it was told by its pid.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memoryBytes"`
	Kernel string `json:"kernel"`
}

// Scenario is one part of a run.
type Scenario struct {
	Name       string           `json:"name"`
	Transport  string           `json:"transport"`
	Wanted     int64            `json:"clientsWanted"`
	Clients    int64            `json:"clients"` // there at the end
	Loop       string           `json:"loop"`    // "open", "closed", or "" where nothing was sent
	Basis      string           `json:"latencyBasis"`
	Rate       float64          `json:"rate"`     // wanted, of an open loop
	InFlight   int              `json:"inFlight"` // of a closed one
	Size       int              `json:"payloadBytes"`
	Unit       string           `json:"unit"` // of an operation
	Seconds    float64          `json:"seconds"`
	Operations int64            `json:"operations"`
	PerSecond  float64          `json:"perSecond"`
	Sent       int64            `json:"sent"` // requests and messages, warm-up included
	Latency    *Latency         `json:"latencyMs"`
	Faults     Faults           `json:"faults"`
	Why        map[string]int64 `json:"why"`
	Server     *Server          `json:"server"`
	Bench      Bench            `json:"bench"`
	Series     []Point          `json:"series"`
	Notes      []string         `json:"notes"`
}

// Label tells it from others of its name.
func (s *Scenario) Label() string {
	if s.Name == "connect" && s.Transport == "polling" {
		return "connect polling"
	}
	return s.Name
}

// Faults are what must not be; warm-up included.
type Faults struct {
	ClientsLost     int64 `json:"clientsLost"`
	AcksLost        int64 `json:"acksLost"`
	AcksDoubled     int64 `json:"acksDoubled"`
	AcksStrange     int64 `json:"acksStrange"`
	MessagesLost    int64 `json:"messagesLost"`
	MessagesDoubled int64 `json:"messagesDoubled"`
	MessagesStrange int64 `json:"messagesStrange"`
	MessagesLate    int64 `json:"messagesOutOfOrder"`
	Corrupt         int64 `json:"corrupt"`
	Refused         int64 `json:"triggersRefused"`
}

// Fault is one kind of them.
type Fault struct {
	Name  string
	Count int64
}

// List has every kind.
func (f Faults) List() []Fault {
	return []Fault{
		{"clients lost", f.ClientsLost},
		{"acks lost", f.AcksLost}, {"acks doubled", f.AcksDoubled}, {"acks not asked for", f.AcksStrange},
		{"messages lost", f.MessagesLost}, {"messages doubled", f.MessagesDoubled},
		{"messages for others", f.MessagesStrange}, {"messages out of order", f.MessagesLate},
		{"payloads changed", f.Corrupt}, {"triggers refused", f.Refused},
	}
}

// Total is all of them.
func (f Faults) Total() (n int64) {
	for _, x := range f.List() {
		n += x.Count
	}
	return n
}

// Server is what the server's processes took.
type Server struct {
	Processes    int     `json:"processes"`
	CPUSeconds   float64 `json:"cpuSeconds"`
	Cores        float64 `json:"cores"`           // CPU seconds a second
	PerOperation float64 `json:"cpuMicrosPerOp"`  // 0 where there are no operations
	MemoryKind   string  `json:"memoryKind"`      // "PSS" or "RSS"
	MemoryBefore int64   `json:"memoryBefore"`    // before any client
	MemoryAfter  int64   `json:"memoryAfter"`     // at the end, with the clients
	PerClient    int64   `json:"memoryPerClient"` // the difference, by client
}

// Bench is what the load itself took, and how late it was.
type Bench struct {
	Threads     int       `json:"threads"`
	CPUSeconds  float64   `json:"cpuSeconds"`
	Busy        []float64 `json:"busy"` // part of a core, of each thread
	Busiest     float64   `json:"busiest"`
	LagP99      float64   `json:"loopLagP99Ms"`
	LagMax      float64   `json:"loopLagMaxMs"`
	LateP99     float64   `json:"sendLateP99Ms"` // of an open loop
	MemoryBytes int64     `json:"memory"`
	PerClient   int64     `json:"memoryPerClient"`
}

// Point is a moment of a scenario; of the rates and latencies, the time since the
// one before.
type Point struct {
	Seconds   float64 `json:"seconds"` // negative in the warm-up
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50Ms"`
	P99       float64 `json:"p99Ms"`
	Clients   int64   `json:"clients"`
	Cores     float64 `json:"serverCores"`
	Memory    int64   `json:"serverRSS"`
}
