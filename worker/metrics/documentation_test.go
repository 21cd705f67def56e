package metrics

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	documentation = "../../docs/metrics.md"
	dashboard     = "../../scripts/grafana/ioserver.json"
)

var update = flag.Bool("update", false, "write the table of docs/metrics.md")

func row(name string, m *metric) string {
	labels := "`" + strings.Join(m.labels, "`, `") + "`"
	if len(m.labels) == 0 {
		labels = ""
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |", name, m.kind, labels, m.help)
}

// rows are what the documentation has to say, in its two tables.
func rows() (workers, others []string) {
	for i := range table {
		workers = append(workers, row(table[i].name, &table[i]))
	}
	for _, m := range roles() {
		m.labels = []string{"role"}
		others = append(others, row(totalPrefix+m.name, &m))
	}
	for _, m := range slices.Concat(masterMetrics(), brokerMetrics(), []metric{slotsMetric, buildMetric}) {
		others = append(others, row(totalPrefix+m.name, &m))
	}
	return workers, others
}

// docs/metrics.md is the table.
func TestEveryMetricIsDocumented(t *testing.T) {
	b, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	workers, others := rows()
	if *update {
		b = rewrite(b, workers, others)
		if err := os.WriteFile(documentation, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var have []string
	for _, line := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(line, "| `") {
			have = append(have, line)
		}
	}
	want := slices.Concat(workers, others)
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("no such metric: %s", line)
		}
	}
}

// rewrite puts rows below each table's head, which is where the old ones are.
func rewrite(b []byte, tables ...[]string) []byte {
	var out []string
	for _, line := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(line, "| `") {
			continue
		}
		out = append(out, line)
		if strings.HasPrefix(line, "|---") && len(tables) > 0 {
			out = append(out, tables[0]...)
			tables = tables[1:]
		}
	}
	return []byte(strings.Join(out, "\n"))
}

// names are those of all metrics, as expressions use them.
func names() map[string]bool {
	all := make(map[string]bool)
	add := func(name string, k kind) {
		if k != histogram {
			all[name] = true
			return
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			all[name+suffix] = true
		}
	}
	for _, m := range table {
		add(totalPrefix+m.name, m.kind)
		add(slotPrefix+m.name, m.kind)
	}
	for _, m := range slices.Concat(roles(), masterMetrics(), brokerMetrics(), []metric{slotsMetric, buildMetric}) {
		add(totalPrefix+m.name, m.kind)
	}
	return all
}

var metricName = regexp.MustCompile(`\bioserver_\w+`)

// The dashboard is JSON, and each of its expressions asks for metrics that there
// are.
func TestDashboard(t *testing.T) {
	b, err := os.ReadFile(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Title, UID string
		Panels     []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if d.Title == "" || d.UID == "" || len(d.Panels) == 0 {
		t.Error("no dashboard")
	}
	known, used, ids := names(), make(map[string]bool), make(map[int]bool)
	for _, p := range d.Panels {
		if p.Title == "" || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 {
			t.Errorf("panel %d %q: %+v", p.ID, p.Title, p.GridPos)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			found := metricName.FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("panel %q: %q asks for none of our metrics", p.Title, target.Expr)
			}
			for _, name := range found {
				used[name] = true
				if !known[name] {
					t.Errorf("panel %q: there is no %s", p.Title, name)
				}
			}
		}
	}
	for _, name := range []string{"ioserver_sessions", "ioserver_queue_overflows_total", "ioserver_slot_loop_turn_seconds_sum"} {
		if !used[name] {
			t.Errorf("nobody is shown %s", name)
		}
	}
}
