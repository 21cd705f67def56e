package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	text "text/template"

	"github.com/ioserver/ioserver/bench/report"
)

//go:embed page.md
var markdownText string

//go:embed page.html
var htmlText string

var (
	markdownPage = text.Must(text.New("page.md").Funcs(text.FuncMap{"cells": cells, "rule": rule}).Parse(markdownText))
	htmlPage     = template.Must(template.New("page.html").Parse(htmlText))
)

// published is the guide for a report that is anywhere.
const published = "https://github.com/ioserver/ioserver/blob/main/docs/bench.md"

// page is what both templates are given.
type page struct {
	*results
	Plots    string // folder of the files, as the page names it
	Charts   []drawn
	Tables   []table
	Facts    [][2]string
	Verdict  string
	Measured []string
	Caveats  []string
	Losses   []string
	Doubts   []string
	Failed   bool
	Guide    string // where docs/bench.md is
}

type drawn struct {
	File, Title string
	SVG         template.HTML
}

func (r *results) page(plots, guide string) *page {
	p := &page{
		results: r, Plots: plots, Tables: r.tables(), Facts: r.facts(), Verdict: r.verdict(), Measured: r.measured(), Caveats: r.caveats(),
		Losses: r.losses(), Doubts: r.doubts(), Failed: r.failures() > 0, Guide: guide,
	}
	for _, c := range r.charts() {
		p.Charts = append(p.Charts, drawn{c.file + ".svg", c.title, template.HTML(c.svg())}) // its texts are escaped there
	}
	return p
}

// facts are the machine and what ran on it.
func (r *results) facts() [][2]string {
	m := &r.Machine
	all := [][2]string{
		{"measured", fmt.Sprintf("%s, in %s", r.Started.Format("2006-01-02 15:04 UTC"), report.Duration(r.Seconds*1000))},
		{"CPU", fmt.Sprintf("%s, %d cores", m.CPU, m.Cores)},
		{"memory", report.Bytes(m.Memory)},
		{"kernel", m.Kernel},
		{"files a process may open", report.Count(int64(m.Descriptors))},
		{"cores that others took before, after", fmt.Sprintf("%.2f, %.2f", r.OthersBefore, r.OthersAfter)},
		{"ioserver", r.Version},
		{"Go", m.Go},
		{"Node.js", cmp.Or(m.Node, "not measured")},
	}
	for _, name := range slices.Sorted(maps.Keys(m.Packages)) {
		all = append(all, [2]string{name, m.Packages[name]})
	}
	return all
}

// markdown is the report, with its plots in a folder.
func (r *results) markdown(plots, guide string) ([]byte, error) {
	var b bytes.Buffer
	err := markdownPage.Execute(&b, r.page(plots, guide))
	return b.Bytes(), err
}

// cells are a row of a table in Markdown.
func cells(row []string) string {
	escaped := make([]string, len(row))
	for i, c := range row {
		escaped[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	return "| " + strings.Join(escaped, " | ") + " |"
}

// rule is the line below a table's heads: figures stand to the right.
func rule(heads []string) string {
	return "|---|" + strings.Repeat("---:|", max(0, len(heads)-1))
}

// write puts the report into a folder, which is there.
func (r *results) write(folder string) error {
	var b bytes.Buffer
	if err := htmlPage.Execute(&b, r.page("plots", "")); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	md, err := r.markdown("plots", published)
	return errors.Join(err,
		os.WriteFile(filepath.Join(folder, "report.html"), b.Bytes(), 0o666),
		os.WriteFile(filepath.Join(folder, "report.md"), md, 0o666),
		r.files(filepath.Join(folder, "plots"), folder))
}

// document puts the report among the documentation.
func (r *results) document(folder string) error {
	md, err := r.markdown("benchmarks", "bench.md")
	plots := filepath.Join(folder, "benchmarks")
	return errors.Join(err, os.MkdirAll(plots, 0o777),
		os.WriteFile(filepath.Join(folder, "benchmarks.md"), md, 0o666), r.files(plots, plots))
}

// files are the plots, and results.json.
func (r *results) files(plots, data string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	err = errors.Join(err, os.WriteFile(filepath.Join(data, "results.json"), append(b, '\n'), 0o666))
	for _, c := range r.charts() {
		err = errors.Join(err, os.WriteFile(filepath.Join(plots, c.file+".svg"), []byte(c.svg()), 0o666))
	}
	return err
}
