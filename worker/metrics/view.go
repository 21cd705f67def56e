package metrics

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// fresh is how old the last sign of a worker that is ready may be.
const fresh = 10 * time.Second

// View reads a board for whoever asks: what the HTTP API tells of this machine.
// Any goroutine may use it.
type View struct {
	board    *scoreboard.Board
	gatherer prometheus.Gatherer
	one      sync.Mutex // a gathering at a time: it takes milliseconds of the only processor
}

// NewView reads the board, which stays the caller's. The version is that of the
// binary.
func NewView(board *scoreboard.Board, version string) (*View, error) {
	registry := prometheus.NewRegistry()
	if err := registry.Register(newCollector(board, version)); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &View{board: board, gatherer: registry}, nil
}

// Slots is how many workers there are to be.
func (v *View) Slots() int { return v.board.Slots() }

// Missing names the slots that do not serve, have not been heard of for long, or
// are without the bus.
func (v *View) Missing() []api.Missing {
	var out []api.Missing
	now := scoreboard.Now()
	for i := range v.board.Slots() {
		if why := lack(v.board.Slot(i), now); why != "" {
			out = append(out, api.Missing{Slot: i, Why: why})
		}
	}
	return out
}

func lack(r *scoreboard.Row, now int64) string {
	switch state := condition(r, now); {
	case state != scoreboard.Serving:
		return "the worker is " + state.String()
	case r.Gauges[joined].Load() == 0:
		return "the worker is not connected to the bus"
	}
	return ""
}

// WriteMetrics writes all in Prometheus's text format.
func (v *View) WriteMetrics(w io.Writer) (contentType string, err error) {
	v.one.Lock()
	defer v.one.Unlock()
	families, err := v.gatherer.Gather()
	if err != nil {
		return "", fmt.Errorf("metrics: %w", err)
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	encoder := expfmt.NewEncoder(w, format)
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return "", fmt.Errorf("metrics: %s: %w", f.GetName(), err)
		}
	}
	return string(format), nil
}
