package backend

import (
	"errors"
	"log/slog"
	"time"
)

// Bounds and times that the user does not set.
const (
	defaultTimeout  = 5 * time.Second
	defaultInFlight = 2000
	// queueFactor is how many events may wait for a place, for each that has one.
	queueFactor = 2
	// complainEvery is how often the log hears of one kind of trouble.
	complainEvery = time.Minute
	// farewellAge is how long a disconnect waits for an application to be there,
	// and farewellPause how often it is tried.
	farewellAge   = time.Minute
	farewellPause = 500 * time.Millisecond
	// mostFarewells and mostFarewellBytes bound those that wait so.
	mostFarewells     = 100_000
	mostFarewellBytes = 32 << 20
	// farewellPatience is how long one of them waits for a place, and tellers is
	// how many are told at the same time.
	farewellPatience = time.Minute
	tellers          = 256
	// mostConnects is how many connects may wait for a place: each holds a handler.
	mostConnects = 10_000
	// dataBytes bounds the data that a socket begins with: it goes along with
	// each of its events.
	dataBytes = 32 << 10
	// farewellBytes bounds what another worker keeps of a socket. Beyond it, it
	// does without the rooms.
	farewellBytes = 60 << 10
	// shownBytes is how much of an event's name the log repeats.
	shownBytes = 100
	// argsFactor is how much larger than as it came an event may be for the
	// application: base64 takes a third more.
	argsFactor = 4
)

// Options of a Backend. Caller is needed.
type Options struct {
	Caller Caller // the Backend's from now on: it closes it
	// Timeout is how long a call may take, with what it waits for its place: 5 s.
	Timeout time.Duration
	// AllowAbsent lets clients in where no application is there to be asked, or
	// none answers in time. What it says of anybody else counts in any case.
	AllowAbsent bool
	// InFlight bounds the calls that are under way: 2,000, of which calls of one
	// name (connect of a namespace, one event of a namespace) have half. Twice as
	// many may wait for a place; an event over that is answered
	// "backend_overloaded", and so is a connect where 10,000 wait. Disconnects that
	// find no place are told later. So no more than [Handlers] handlers are held.
	InFlight int
	// MaxBytes bounds an event's arguments as the application gets them: 4 MiB.
	MaxBytes int
	// Ledger is told what would be owed if this worker died; nil: nobody is.
	Ledger Ledger
	Logger *slog.Logger // nil: slog.Default
}

// Handlers is how many handlers a Backend may hold of its server's: where it is
// to hold up no other, the server has to have more.
func Handlers(inFlight int) int {
	if inFlight == 0 {
		inFlight = defaultInFlight
	}
	return inFlight + 2*queueFactor*inFlight + mostConnects
}

// Ledger keeps what the application has to be told of each socket if this worker
// dies. Its methods do not block.
type Ledger interface {
	// Owe notes the farewell of a socket, or replaces it. See [Backend.Farewell].
	Owe(id string, farewell []byte)
	// Settled forgets one.
	Settled(id string)
}

// nobody is the Ledger of a worker without one.
type nobody struct{}

func (nobody) Owe(string, []byte) {}
func (nobody) Settled(string)     {}

func (o Options) complete() (Options, error) {
	if o.Caller == nil {
		return o, errors.New("backend: option Caller is missing")
	}
	if o.Timeout < 0 || o.InFlight < 0 || o.MaxBytes < 0 {
		return o, errors.New("backend: a negative option")
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.InFlight == 0 {
		o.InFlight = defaultInFlight
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = argsFactor << 20
	}
	if o.Ledger == nil {
		o.Ledger = nobody{}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}
