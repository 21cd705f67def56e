package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ioserver/ioserver/bench/report"
)

// table has the figures of all servers with one number of clients.
type table struct {
	Clients string
	Heads   []string
	Rows    [][]string
}

// none is where there is no figure.
const none = "–"

// tables are one for each number of clients.
func (r *results) tables() (all []table) {
	for _, n := range r.clients() {
		var rows []row
		for _, w := range r.Rows {
			if w.Clients == n {
				rows = append(rows, w)
			}
		}
		all = append(all, newTable(n, rows))
	}
	return all
}

func newTable(clients int, rows []row) table {
	t := table{Clients: report.Count(int64(clients)), Heads: []string{""}}
	for _, w := range rows {
		t.Heads = append(t.Heads, w.Server)
	}
	ours, theirs, paired := pair(rows)
	if paired {
		t.Heads = append(t.Heads, ours.Server+" : "+theirs.Server)
	}
	for _, f := range figures() {
		line := []string{f.label}
		for _, w := range rows {
			line = append(line, f.text(w))
		}
		if paired {
			line = append(line, f.ratio(ours, theirs))
		}
		t.Rows = append(t.Rows, line)
	}
	lost := []string{"lost, doubled or changed"}
	for _, w := range rows {
		lost = append(lost, report.Count(w.Lost))
	}
	if paired {
		lost = append(lost, "")
	}
	t.Rows = append(t.Rows, lost)
	return t
}

// pair are the two servers with as many workers each, the most there are.
func pair(rows []row) (ours, theirs row, found bool) {
	for _, a := range rows {
		for _, b := range rows {
			if a.Kind == kindIOServer && b.Kind == kindNode && a.Workers == b.Workers {
				ours, theirs, found = a, b, true
			}
		}
	}
	return ours, theirs, found
}

func (f *figure) text(w row) string {
	v, ok := w.Figures[f.key]
	if !ok {
		return none
	}
	return f.format(v)
}

func (f *figure) ratio(a, b row) string {
	x, ok := a.Figures[f.key]
	y, there := b.Figures[f.key]
	if !ok || !there || y == 0 || strings.HasPrefix(f.label, ofTheLoad) {
		return none
	}
	if q := x / y; q < 10 {
		return strconv.FormatFloat(q, 'f', max(0, 1-int(math.Floor(math.Log10(max(q, 1e-3))))), 64)
	}
	return report.Count(int64(math.Round(x / y)))
}

// verdict says what was lost, by whom.
func (r *results) verdict() string {
	for _, w := range r.Rows {
		if w.Kind == kindIOServer && !w.OK {
			return "FAILED: ioserver lost something, see below."
		}
	}
	return "ioserver lost, doubled and changed nothing."
}

// losses are a line for each server that lost something.
func (r *results) losses() (all []string) {
	for _, w := range r.Rows {
		if len(w.Faults) > 0 {
			all = append(all, w.about()+": "+strings.Join(w.Faults, ", "))
		} else if !w.OK {
			all = append(all, w.about()+": a run did not come to its end")
		}
	}
	return all
}

// doubts are what bench warned of.
func (r *results) doubts() (all []string) {
	for _, w := range r.Rows {
		for _, text := range w.Warnings {
			all = append(all, w.about()+": "+text)
		}
	}
	return all
}

func (w *row) about() string {
	return fmt.Sprintf("%s, %s clients", w.Server, report.Count(int64(w.Clients)))
}
