package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/bench/report"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOptions(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--clients 0", "clients"},
		{"--clients 1,x", "clients"},
		{"--workers -1", "workers"},
		{"--rate 0", "--rate"},
		{"--repeat 0", "--repeat"},
		{"--duration 3", "duration"},
		{"--fast", "fast"},
		{"quick", `"quick"`},
	} {
		if _, err := parse(strings.Fields(c.args), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
	o, err := parse(strings.Fields("--workers 8,1,8 --clients 100,50 --quick --out x"), io.Discard)
	if err != nil || o.workers.String() != "1,8" || o.clients.String() != "50,100" || o.duration.String() != "1s" || o.reduced != "" {
		t.Errorf("%+v, %v", o, err)
	}
	var b strings.Builder
	if _, err := parse([]string{"--help"}, &b); !errors.Is(err, flag.ErrHelp) || !strings.Contains(b.String(), "--repeat TIMES") || strings.Contains(b.String(), "--binary") {
		t.Errorf("%v, %s", err, b.String())
	}
}

// Where a process may not open as many files as clients need, there are fewer, and
// that is said.
func TestFewerClients(t *testing.T) {
	o, err := parse(strings.Fields("--clients 10,900000,1000000"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	most := (int(min(o.limit, 1<<30)) - descriptorsSpare) / descriptorsEach
	if most >= 900_000 {
		t.Skip("this process may open enough")
	}
	if len(o.clients) != 2 || o.clients[1] != most || !strings.Contains(o.reduced, "10,900000,1000000") || !strings.Contains(o.reduced, "ulimit -n") {
		t.Errorf("%v, %q", o.clients, o.reduced)
	}
}

// sample is a session whose figures are multiples of one.
func sample(by float64, lost int64) session {
	scenario := func(name string) report.Scenario {
		return report.Scenario{
			Name: name, PerSecond: 1000 * by, Latency: &report.Latency{P50: by, P99: 10 * by},
			Server: &report.Server{PerOperation: 7 * by, MemoryBefore: 1e6, MemoryAfter: 2e6, PerClient: int64(1000 * by)},
		}
	}
	fast := &report.Report{OK: lost == 0, Warnings: []string{"<i>hm</i>"}}
	for _, name := range []string{"connect", "idle", "echo", "broadcast", "connect", "polling"} {
		fast.Scenarios = append(fast.Scenarios, scenario(name))
	}
	fast.Scenarios[2].Faults.AcksLost = lost
	return session{files: []string{"a.json"}, fast: fast, paced: &report.Report{OK: true, Scenarios: []report.Scenario{scenario("echo")}}}
}

func sweptSample() *results {
	r := &results{Version: "v1", Rate: 2000, Repeat: 3, Duration: "1s", Machine: machine{Machine: report.Machine{CPU: "a & <b>", Cores: 2}, Node: "v20"}}
	for _, clients := range []int{10, 2000} {
		r.Rows = append(r.Rows,
			newRow(subject{kindNode, 1}, clients, []session{sample(10, 0)}),
			newRow(subject{kindNode, 2}, clients, []session{sample(20, 3)}),
			newRow(subject{kindIOServer, 2}, clients, []session{sample(9, 0), sample(1, 0), sample(2, 0)}))
	}
	return r
}

func TestFigures(t *testing.T) {
	r := sweptSample()
	ours, theirs := r.Rows[2], r.Rows[1]
	for _, f := range figures() {
		if _, ok := ours.Figures[f.key]; !ok {
			t.Errorf("%s is not there", f.key)
		}
	}
	if ours.Figures["echoCPUMicros"] != 14 || ours.Figures["echoP99Millis"] != 20 || ours.Lost != 0 || !ours.OK {
		t.Errorf("the median of 9, 1 and 2 is not 2: %+v", ours)
	}
	if theirs.Lost != 3 || theirs.OK || r.failures() != 0 || !strings.HasPrefix(r.verdict(), "ioserver lost, doubled and changed nothing") {
		t.Errorf("what Node.js lost is its own: %+v, %s", theirs, r.verdict())
	}
	if got := r.tables()[1]; got.Clients != "2,000" || strings.Join(got.Rows[0], "|") != "connect: CPU a connection|70.0 µs|140 µs|14.0 µs|0.10" {
		t.Errorf("%+v", got)
	}
	r.Rows = append(r.Rows, newRow(subject{kindIOServer, 4}, 10, []session{sample(1, 1)}))
	if r.failures() != 1 || !strings.HasPrefix(r.verdict(), "FAILED") {
		t.Error(r.verdict())
	}
	if w := newRow(subject{kindIOServer, 1}, 10, []session{{fast: new(report.Report), paced: new(report.Report)}}); len(w.Figures) != 0 || w.OK {
		t.Errorf("of nothing there are figures: %+v", w)
	}
}

// All that is written says the same, and is what it has the name of.
func TestWrite(t *testing.T) {
	r, dir := sweptSample(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.write(dir), r.document(dir)); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var again results
	if err := json.Unmarshal([]byte(file("results.json")), &again); err != nil || again.Rows[2].Figures["echoCPUMicros"] != 14 {
		t.Errorf("%v, %+v", err, again)
	}
	html, md := file("report.html"), file("report.md")
	for _, w := range []string{"a &amp; &lt;b&gt;", "<td>140 µs</td>", "acks lost", "&lt;i&gt;hm&lt;/i&gt;", "median of 3"} {
		if !strings.Contains(html, w) {
			t.Errorf("the page has no %q", w)
		}
	}
	if regexp.MustCompile(`(src|href)="(https?:)?//|<script`).MatchString(html) {
		t.Error("the page needs something else")
	}
	for _, text := range []string{md, file("benchmarks.md")} {
		links := regexp.MustCompile(`!\[[^]]+\]\(([^)]+\.svg)\)`).FindAllStringSubmatch(text, -1)
		if len(links) != len(r.drawings()) || !strings.Contains(text, "| 70.0 µs | 140 µs | 14.0 µs | 0.10 |") {
			t.Errorf("%s", text)
		}
		for _, l := range links {
			d := xml.NewDecoder(strings.NewReader(file(l[1])))
			var err error
			for err == nil {
				_, err = d.Token()
			}
			if err != io.EOF {
				t.Errorf("%s: %v", l[1], err)
			}
		}
	}
}

// A server is there when it says so, and all of it is gone when it was stopped.
func TestProcess(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, groups, err := start(t.Context(), log, []string{"WORD=there"}, nodeServes, "sh", "-c", "sleep 1000 & echo $WORD; echo listening 1, API on 2; wait")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(groups, " ") != "1 2" {
		t.Error(groups)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(log); err != nil || !strings.HasPrefix(string(b), "there\nlistening 1,") {
		t.Errorf("%v, %q", err, b)
	}
	if _, _, err := start(t.Context(), log, nil, nodeServes, "sh", "-c", "echo no"); err == nil || !strings.Contains(err.Error(), "ended before it served") {
		t.Error(err)
	}
	if _, _, err := start(t.Context(), log, nil, nodeServes, "/nowhere"); err == nil {
		t.Error("there is no such program")
	}
}
