package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"bytes": Bytes, "count": Count, "duration": Duration, "fault": func(s string) bool { return strings.HasPrefix(s, "FAULT") },
}).Parse(pageText))

// drawn is a plot for the template.
type drawn struct {
	SVG, Legend template.HTML
}

func (p *plot) drawn() *drawn {
	if p == nil {
		return nil
	}
	// Every text in it is escaped where it is made.
	return &drawn{SVG: template.HTML(p.svg()), Legend: template.HTML(p.legend())}
}

// part is a scenario for the template.
type part struct {
	*Scenario
	Colour               int
	Cells, Lines         []string
	Throughput, OverTime *drawn
}

// HTML writes a page that needs nothing else.
func (r *Report) HTML(w io.Writer) error {
	parts := make([]part, len(r.Scenarios))
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		parts[i] = part{Scenario: s, Colour: i % colours, Cells: s.cells(), Lines: s.lines(), Throughput: s.throughput(i).drawn(), OverTime: s.latencies(i).drawn()}
	}
	if err := page.Execute(w, map[string]any{
		"Report": r, "Parts": parts, "Heads": heads, "Verdict": r.Verdict(),
		"Started": r.Started.UTC().Format("2006-01-02 15:04 UTC"), "Took": Duration(r.Seconds * 1000),
		"Percentiles": r.percentiles().drawn(), "Memory": r.memory().drawn(),
	}); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
