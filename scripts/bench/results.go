package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ioserver/ioserver/bench/proc"
	"github.com/ioserver/ioserver/bench/report"
)

// results are what a sweep came to, all that the report says.
type results struct {
	Version string    `json:"version"` // of ioserver
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Machine machine   `json:"machine"`
	// What other processes took, in cores, before and after.
	OthersBefore float64  `json:"othersCoresBefore"`
	OthersAfter  float64  `json:"othersCoresAfter"`
	Duration     string   `json:"duration"` // of a scenario
	Rate         float64  `json:"rate"`
	Repeat       int      `json:"repeat"`
	Threads      int      `json:"threads"`
	Notes        []string `json:"notes"`
	Rows         []row    `json:"rows"`
}

// machine is where it ran, and with what.
type machine struct {
	report.Machine
	Descriptors uint64            `json:"descriptors"` // a process may open
	Go          string            `json:"go"`
	Node        string            `json:"node"`     // "": not measured
	Packages    map[string]string `json:"packages"` // of Node.js
}

// row is one server with one number of clients. Figures that could not be taken are
// left out.
type row struct {
	Server   string             `json:"server"`
	Kind     string             `json:"kind"`
	Workers  int                `json:"workers"`
	Clients  int                `json:"clients"`
	Figures  map[string]float64 `json:"figures"` // medians
	Lost     int64              `json:"lost"`    // all faults of all runs
	LostIn   map[string]int64   `json:"lostIn"`  // of them, by scenario
	Faults   []string           `json:"faults"`
	OK       bool               `json:"ok"`
	Warnings []string           `json:"warnings"`
	Runs     []string           `json:"runs"` // files
}

// newResults has what is known before anything is measured.
func newResults(ctx context.Context, o *options) *results {
	r := &results{
		Version: strings.TrimPrefix(output(ctx, o.binary, "--version"), "ioserver version "), Started: time.Now().UTC().Round(time.Second), OthersBefore: others(ctx),
		Duration: o.duration.String(), Rate: o.rate, Repeat: o.repeat, Threads: o.threads, Notes: []string{}, Rows: []row{},
		Machine: machine{Machine: report.Machine(proc.ThisMachine()), Descriptors: o.limit, Go: runtime.Version(), Packages: map[string]string{}},
	}
	if o.reduced != "" {
		r.Notes = append(r.Notes, o.reduced)
	}
	if o.node == "" {
		r.Notes = append(r.Notes, "Node.js was not measured: it was left out, or node, npm or the packages are not there")
		return r
	}
	r.Machine.Node = output(ctx, "node", "--version")
	for _, name := range []string{"socket.io", "engine.io", "ws", "@socket.io/sticky", "@socket.io/cluster-adapter"} {
		var p struct{ Version string }
		if b, err := os.ReadFile(filepath.Join(o.node, "node_modules", name, "package.json")); err == nil && json.Unmarshal(b, &p) == nil {
			r.Machine.Packages[name] = p.Version
		}
	}
	return r
}

// output is the first line of what a program prints.
func output(ctx context.Context, args ...string) string {
	b, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}

// newRow has the medians of sessions that were alike.
func newRow(s subject, clients int, sessions []session) row {
	w := row{Server: s.name(), Kind: s.kind, Workers: s.workers, Clients: clients, Figures: map[string]float64{}, LostIn: map[string]int64{}, Faults: []string{}, OK: true, Warnings: []string{}}
	for _, f := range figures() {
		var all []float64
		for i := range sessions {
			if v, ok := f.value(&sessions[i]); ok {
				all = append(all, v)
			}
		}
		if len(all) > 0 {
			slices.Sort(all)
			w.Figures[f.key] = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
		}
	}
	for _, one := range sessions {
		w.Runs = append(w.Runs, one.files...)
		w.add(one.fast)
		w.add(one.paced)
	}
	return w
}

// add takes in what a report says of losses and doubts.
func (w *row) add(r *report.Report) {
	w.OK = w.OK && r.OK
	w.Warnings = append(w.Warnings, r.Warnings...)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		for _, f := range s.Faults.List() {
			if f.Count > 0 {
				w.Lost += f.Count
				w.LostIn[s.Label()] += f.Count
				w.Faults = append(w.Faults, fmt.Sprintf("%s: %s %s", s.Label(), report.Count(f.Count), f.Name))
			}
		}
	}
}

// failures is in how many rows ioserver lost something.
func (r *results) failures() (n int) {
	for _, w := range r.Rows {
		if w.Kind == kindIOServer && !w.OK {
			n++
		}
	}
	return n
}

// clients are the numbers of clients.
func (r *results) clients() (all []int) {
	for _, w := range r.Rows {
		if !slices.Contains(all, w.Clients) {
			all = append(all, w.Clients)
		}
	}
	return all
}
