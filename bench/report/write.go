package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// JSON writes everything.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// column is one of the CSV.
type column struct {
	name  string
	value func(*Scenario) string
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
func whole(v int64) string    { return strconv.FormatInt(v, 10) }

// latencyColumn is empty where nothing was measured.
func latencyColumn(name string, value func(*Latency) float64) column {
	return column{name, func(s *Scenario) string {
		if s.Latency == nil {
			return ""
		}
		return number(value(s.Latency))
	}}
}

// serverColumn is empty where the server was not measured.
func serverColumn(name string, value func(*Server) string) column {
	return column{name, func(s *Scenario) string {
		if s.Server == nil {
			return ""
		}
		return value(s.Server)
	}}
}

func columns() []column {
	all := []column{
		{"scenario", func(s *Scenario) string { return s.Name }},
		{"transport", func(s *Scenario) string { return s.Transport }},
		{"clients_wanted", func(s *Scenario) string { return whole(s.Wanted) }},
		{"clients", func(s *Scenario) string { return whole(s.Clients) }},
		{"loop", func(s *Scenario) string { return s.Loop }},
		{"rate", func(s *Scenario) string { return number(s.Rate) }},
		{"in_flight", func(s *Scenario) string { return whole(int64(s.InFlight)) }},
		{"payload_bytes", func(s *Scenario) string { return whole(int64(s.Size)) }},
		{"unit", func(s *Scenario) string { return s.Unit }},
		{"seconds", func(s *Scenario) string { return number(s.Seconds) }},
		{"operations", func(s *Scenario) string { return whole(s.Operations) }},
		{"per_second", func(s *Scenario) string { return number(s.PerSecond) }},
		latencyColumn("latency_mean_ms", func(l *Latency) float64 { return l.Mean }),
		latencyColumn("latency_p50_ms", func(l *Latency) float64 { return l.P50 }),
		latencyColumn("latency_p90_ms", func(l *Latency) float64 { return l.P90 }),
		latencyColumn("latency_p99_ms", func(l *Latency) float64 { return l.P99 }),
		latencyColumn("latency_p999_ms", func(l *Latency) float64 { return l.P999 }),
		latencyColumn("latency_max_ms", func(l *Latency) float64 { return l.Max }),
		serverColumn("server_cpu_seconds", func(s *Server) string { return number(s.CPUSeconds) }),
		serverColumn("server_cpu_us_per_op", func(s *Server) string { return number(s.PerOperation) }),
		serverColumn("server_memory_kind", func(s *Server) string { return s.MemoryKind }),
		serverColumn("server_memory_before", func(s *Server) string { return whole(s.MemoryBefore) }),
		serverColumn("server_memory_after", func(s *Server) string { return whole(s.MemoryAfter) }),
		serverColumn("server_memory_per_client", func(s *Server) string { return whole(s.PerClient) }),
		{"bench_cpu_seconds", func(s *Scenario) string { return number(s.Bench.CPUSeconds) }},
		{"bench_busiest", func(s *Scenario) string { return number(s.Bench.Busiest) }},
		{"bench_lag_p99_ms", func(s *Scenario) string { return number(s.Bench.LagP99) }},
		{"bench_memory_per_client", func(s *Scenario) string { return whole(s.Bench.PerClient) }},
	}
	names := []string{"clients_lost", "acks_lost", "acks_doubled", "acks_strange", "messages_lost", "messages_doubled",
		"messages_strange", "messages_out_of_order", "corrupt", "triggers_refused"}
	for i, name := range names {
		all = append(all, column{name, func(s *Scenario) string { return whole(s.Faults.List()[i].Count) }})
	}
	return all
}

// CSV writes a row for each scenario, below their names.
func (r *Report) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	all := columns()
	row := make([]string, len(all))
	for i, col := range all {
		row[i] = col.name
	}
	_ = c.Write(row) // errors stay, and Flush's is asked for
	for i := range r.Scenarios {
		for j, col := range all {
			row[j] = col.value(&r.Scenarios[i])
		}
		_ = c.Write(row)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
