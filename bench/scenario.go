package bench

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ioserver/ioserver/bench/load"
)

// How many messages are in flight where nobody says.
const (
	echoInFlight  = 64
	roomsInFlight = 16
)

// endless is the duration of what ends with a number.
const endless = time.Duration(math.MaxInt64)

// The rates of a soak where nobody says: each client asks every so many seconds.
const (
	soakEvery     = 20
	soakBroadcast = 1 // a second
)

// scenario does one that is more than connecting.
func (r *runner) scenario(ctx context.Context, name string) error {
	p := load.Plan{Size: r.Size, Duration: r.Duration, Warmup: r.Warmup}
	if r.Messages > 0 && name != Idle && name != Soak {
		p.Messages, p.Warmup, p.Duration = r.Messages, 0, endless // the number is meant to be exact
	}
	unit := r.fill(&p, name)
	m := r.measure(name, p.Messages)
	out, err := r.fleet.Run(ctx, p, m.hooks())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s := m.scenario(out)
	s.Unit, s.Size = unit, r.Size
	s.Operations = out.Measured.Acks + out.Measured.Deliveries
	s.Sent = out.Counts.Requests + out.Counts.Published
	switch {
	case p.Echo != nil:
		s.Rate, s.InFlight = p.Echo.Rate, p.Echo.InFlight
	case p.Publish != nil:
		s.Rate, s.InFlight = p.Publish.Rate, p.Publish.InFlight
	default:
		s.Size = 0
	}
	if unit != "" {
		s.Loop = "closed"
		if s.Rate > 0 {
			s.Loop, s.InFlight = "open", 0
		}
		s.Basis = basis(s.Loop, "to "+map[string]string{"acks": "the acknowledgement", "deliveries": "each delivery"}[unit])
		if name == Soak {
			s.Basis = basis(s.Loop, "to the acknowledgement, and to each delivery")
		}
	}
	if name == Soak || name == Idle {
		m.growth(&s)
	}
	if n := out.Counts.BareAcks; n > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d acks came without the payload: what they say is not checked", n))
	}
	r.add(s, out)
	return nil
}

// fill has the plan do what the scenario is, and returns the unit of what is
// counted.
func (r *runner) fill(p *load.Plan, name string) string {
	switch name {
	case Echo, Polling:
		p.Echo = &load.EchoPlan{Event: r.Event, Rate: r.Rate, InFlight: r.inFlight(echoInFlight)}
		return "acks"
	case Broadcast:
		p.Publish = r.publish(false)
		p.Publish.InFlight = r.inFlight(1)
		return "deliveries"
	case Rooms:
		p.Publish = r.publish(true)
		p.Publish.InFlight = r.inFlight(roomsInFlight)
		return "deliveries"
	case Soak:
		p.Echo = &load.EchoPlan{Event: r.Event, Rate: r.Rate}
		if p.Echo.Rate == 0 {
			p.Echo.Rate = max(1, float64(r.Clients)/soakEvery)
		}
		if r.publishes() {
			p.Publish = r.publish(false)
			p.Publish.Rate = soakBroadcast
			return "answers"
		}
		return "acks"
	}
	return ""
}

func (r *runner) inFlight(usual int) int {
	if r.InFlight > 0 {
		return r.InFlight
	}
	return usual
}

// basis says what latencies count from.
func basis(loop, to string) string {
	if loop == "open" {
		return "open loop: latency counts from when each was due, " + to + " (corrected for coordinated omission)"
	}
	return "closed loop: latency counts from when each was sent, " + to + " (what waits meanwhile is not counted: see an open loop, --rate)"
}
