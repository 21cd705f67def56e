package metrics

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func newBoard(t *testing.T, slots int) *scoreboard.Board {
	t.Helper()
	b, err := scoreboard.New(slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// fill gives every number below v, which is a struct, another value.
func fill(v reflect.Value, next *uint64) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Uint64:
		*next += 2
		v.SetUint(*next)
	case reflect.Int, reflect.Int64:
		*next += 2
		v.SetInt(int64(*next))
	}
}

func full() Sample {
	var s Sample
	next := uint64(1) // all odd: series that are sums of two are told apart from them
	fill(reflect.ValueOf(&s).Elem(), &next)
	s.State = broker.Connected
	return s
}

// scrape is what Prometheus would read.
func scrape(t *testing.T, v *View) map[string]*dto.MetricFamily {
	t.Helper()
	var b bytes.Buffer
	kind, err := v.WriteMetrics(&b)
	if err != nil || kind != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatal(kind, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func view(t *testing.T, b *scoreboard.Board) *View {
	t.Helper()
	v, err := NewView(b, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// value is that of the series with these labels, name and value in turn.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	f := families[name]
	if f == nil {
		t.Fatalf("no %s", name)
	}
series:
	for _, m := range f.Metric {
		if len(m.Label) != len(labels)/2 {
			continue
		}
		for i := 0; i < len(labels); i += 2 {
			found := false
			for _, l := range m.Label {
				found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
			}
			if !found {
				continue series
			}
		}
		return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	t.Fatalf("no %s with %v", name, labels)
	return 0
}

// Each series has a source of its own, reaches its slot's row and no other, and
// the total.
func TestEverySeriesArrives(t *testing.T) {
	b := newBoard(t, 3)
	sample := full()
	NewRecorder(b.Slot(1), func() Sample { return sample }).Record()
	NewRecorder(b.Slot(2), func() Sample { return sample }).Record()
	seen := make(map[uint64]string)
	for _, m := range table {
		for j, s := range m.series {
			if s.field != nil {
				continue
			}
			want := s.read(&sample)
			if other, ok := seen[want]; want == 0 || ok && m.name != "bus_joined" {
				t.Errorf("%s, series %d, reads %d, as %q does", m.name, j, want, other)
			}
			seen[want] = m.name
			if got := s.of(m.kind, b.Slot(1)); got != want {
				t.Errorf("%s, series %d: %d, want %d", m.name, j, got, want)
			}
			if got := s.of(m.kind, b.Slot(0)); got != 0 {
				t.Errorf("%s, series %d: %d in another slot", m.name, j, got)
			}
		}
	}
	families := scrape(t, view(t, b))
	if total, slot := value(t, families, "ioserver_sessions_opened_total"), value(t, families, "ioserver_slot_sessions_opened_total", "slot", "2"); total != 2*slot || slot != float64(sample.Engine.Handshakes) {
		t.Errorf("sessions opened: %v of all, %v in slot 2, want %d there", total, slot, sample.Engine.Handshakes)
	}
	if got := value(t, families, "ioserver_slot_sessions", "slot", "1", "transport", "websocket", "revision", "4"); got != float64(sample.Engine.WebSocket.V4) {
		t.Errorf("sessions by WebSocket, revision 4: %v", got)
	}
	if got := value(t, families, "ioserver_slot_memory_bytes", "slot", "1"); got < 1<<20 {
		t.Errorf("memory %v", got)
	}
	if got := value(t, families, "ioserver_bus_joined"); got != 2 {
		t.Errorf("%v have joined the bus", got)
	}
}

// A histogram's buckets hold those below, and its sum is in seconds.
func TestHistogram(t *testing.T) {
	b := newBoard(t, 1)
	var sample Sample
	n := len(sample.Loop.TurnTimes)
	sample.Loop.TurnTimes[0], sample.Loop.TurnTimes[3], sample.Loop.TurnTimes[n-1] = 5, 3, 2
	sample.Loop.TurnTime = 1500 * time.Millisecond
	NewRecorder(b.Slot(0), func() Sample { return sample }).Record()
	h := scrape(t, view(t, b))["ioserver_slot_loop_turn_seconds"].Metric[0].Histogram
	if h.GetSampleCount() != 10 || h.GetSampleSum() != 1.5 {
		t.Errorf("%v", h)
	}
	for i, want := range []uint64{5, 5, 5, 8, 8} {
		if got := h.Bucket[i]; got.GetCumulativeCount() != want {
			t.Errorf("bucket %d: %v, want %d", i, got, want)
		}
	}
	if len(h.Bucket) != n || h.Bucket[n-2].GetUpperBound() != 0.25 || h.Bucket[n-1].GetCumulativeCount() != 10 {
		t.Errorf("%v", h.Bucket)
	}
}

// A successor goes on from what the row says; what was true of its predecessor
// only is gone.
func TestSuccessorGoesOn(t *testing.T) {
	b := newBoard(t, 1)
	row, sample := b.Slot(0), full()
	NewRecorder(row, func() Sample { return sample }).Record()
	row.End()
	if got := named("sessions").series[0].of(gauge, row); got != 0 {
		t.Errorf("%d sessions of a dead worker", got)
	}
	r := NewRecorder(row, func() Sample { return sample })
	opened := &named("sessions_opened_total").series[0]
	if got := opened.of(counter, row); got != sample.Engine.Handshakes {
		t.Errorf("%d before the successor has counted", got)
	}
	for range 2 {
		r.Record()
		if got := opened.of(counter, row); got != 2*sample.Engine.Handshakes {
			t.Errorf("%d opened, want twice %d", got, sample.Engine.Handshakes)
		}
	}
}

// Recording allocates no more than measuring the process does.
func TestRecordAllocatesNothing(t *testing.T) {
	b := newBoard(t, 1)
	sample := full()
	r := NewRecorder(b.Slot(0), func() Sample { return sample })
	if n, m := testing.AllocsPerRun(100, r.Record), testing.AllocsPerRun(100, b.Slot(0).Measure); n > m {
		t.Errorf("%v allocations, of which %v for the measure", n, m)
	}
}

func BenchmarkRecord(b *testing.B) {
	board, err := scoreboard.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer board.Close()
	sample := full()
	r := NewRecorder(board.Slot(0), func() Sample { return sample })
	b.ReportAllocs()
	for b.Loop() {
		r.Record()
	}
}

func BenchmarkWriteMetrics8(b *testing.B) {
	board, err := scoreboard.New(8)
	if err != nil {
		b.Fatal(err)
	}
	defer board.Close()
	v, err := NewView(board, "x")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var w bytes.Buffer
		if _, err := v.WriteMetrics(&w); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(w.Len()))
	}
}
