package roster

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// Defaults and bounds.
const (
	DefaultBeat    = time.Second
	DefaultSilence = 5 * time.Second
	maxMembers     = 4096 // others that are remembered
)

// Options of a Roster.
type Options struct {
	Cluster string        // name on the bus; broker.ValidToken
	Self    Member        // this worker
	Beat    time.Duration // between two words of a worker; default 1 s
	Silence time.Duration // after which a worker is forgotten, in whole beats; default 5 s

	Counts func() Counts // what this worker says of itself; called once a beat; nil: nothing
	Server func() string // the NATS server that it is connected to; nil: unknown
	Logger *slog.Logger  // nil: nothing is logged
}

func (o Options) withDefaults() (Options, error) {
	if o.Beat <= 0 {
		o.Beat = DefaultBeat
	}
	if o.Silence <= 0 {
		o.Silence = DefaultSilence
	}
	if o.Counts == nil {
		o.Counts = func() Counts { return Counts{} }
	}
	if o.Server == nil {
		o.Server = func() string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	switch s := o.Self; {
	case !broker.ValidToken(o.Cluster):
		return o, fmt.Errorf("roster: bad cluster name %q", o.Cluster)
	case s.Boot == 0 || s.Life == 0:
		return o, errors.New("roster: a worker without boot or life")
	case s.Slots < 1 || s.Slots > 256 || int(s.Slot) >= s.Slots:
		return o, fmt.Errorf("roster: slot %d of %d", s.Slot, s.Slots)
	}
	return o, nil
}
