package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// heads are those of the terminal's table and of the page's.
var heads = []string{"scenario", "clients", "operations", "a second", "p50", "p90", "p99", "p99.9", "max", "CPU each", "memory", "a client"}

// cells are a scenario's row below them.
func (s *Scenario) cells() []string {
	row := []string{s.Label(), Count(s.Clients), "–", "–", "–", "–", "–", "–", "–", "–", "–", "–"}
	if s.Unit != "" {
		row[2], row[3] = Count(s.Operations)+" "+s.Unit, Rate(s.PerSecond)
	}
	if l := s.Latency; l != nil {
		for i, v := range []float64{l.P50, l.P90, l.P99, l.P999, l.Max} {
			row[4+i] = Duration(v)
		}
	}
	if v := s.Server; v != nil {
		if v.PerOperation > 0 {
			row[9] = Duration(v.PerOperation / 1000)
		} else if s.Unit == "" {
			row[9] = fmt.Sprintf("%.1f%% of a core", v.Cores*100)
		}
		row[10] = Bytes(v.MemoryAfter)
		if v.PerClient > 0 {
			row[11] = Bytes(v.PerClient)
		}
	}
	return row
}

// Table writes the report for people.
func (r *Report) Table(w io.Writer) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(heads, "\t"))
	for i := range r.Scenarios {
		fmt.Fprintln(t, strings.Join(r.Scenarios[i].cells(), "\t"))
	}
	_ = t.Flush() // into memory
	for i := range r.Scenarios {
		b.WriteString("\n")
		r.Scenarios[i].explain(&b)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s\n", warning)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Verdict())
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Verdict says whether all was well.
func (r *Report) Verdict() string {
	lost := int64(0)
	for i := range r.Scenarios {
		lost += r.Scenarios[i].Faults.Total()
	}
	switch {
	case lost > 0:
		return "FAILED: " + Count(lost) + " faults"
	case r.Interrupted:
		return "INTERRUPTED: nothing was lost until then"
	case !r.OK:
		return "FAILED"
	}
	return "OK: nothing was lost, doubled or changed"
}

// explain says what the row of the table has no room for.
func (s *Scenario) explain(b *strings.Builder) {
	for i, line := range s.lines() {
		name := s.Label() + ":"
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(b, "%-18s%s\n", name, line)
	}
}

func (s *Scenario) lines() []string {
	var all []string
	if s.Basis != "" {
		all = append(all, s.Basis)
	}
	if v := s.Server; v != nil {
		all = append(all, fmt.Sprintf("server: %.2f s of CPU (%.2f cores), %s %s in %s, %s before any client", v.CPUSeconds, v.Cores, v.MemoryKind, Bytes(v.MemoryAfter), plural(v.Processes, "process", "processes"), Bytes(v.MemoryBefore)))
	}
	load := fmt.Sprintf("bench: %.2f s of CPU, busiest of %s %.0f%%, loop lag p99 %s max %s", s.Bench.CPUSeconds, plural(s.Bench.Threads, "thread", "threads"), s.Bench.Busiest*100, Duration(s.Bench.LagP99), Duration(s.Bench.LagMax))
	if s.Loop == "open" {
		load += ", sent late by p99 " + Duration(s.Bench.LateP99)
	}
	all = append(all, load+", "+Bytes(s.Bench.PerClient)+" a client")
	for _, f := range s.Faults.List() {
		if f.Count > 0 {
			all = append(all, "FAULT: "+Count(f.Count)+" "+f.Name)
		}
	}
	for _, why := range s.reasons() {
		all = append(all, "  "+why)
	}
	return append(all, s.Notes...)
}
