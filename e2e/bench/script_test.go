package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scriptLimit is how long the script may take, its build included.
const scriptLimit = 3 * time.Minute

// swept is what a test wants to know of results.json.
type swept struct {
	Machine struct {
		CPU, Kernel, Go, Node string
		Cores, Descriptors    int
		Packages              map[string]string
	}
	Rows []struct {
		Server, Kind     string
		Workers, Clients int
		Figures          map[string]float64
		Lost             int64
		OK               bool
		Runs             []string
	}
}

// The command that users run measures ioserver and Node.js, and all that it writes
// says the same.
func TestScript(t *testing.T) {
	out := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "scripts/bench.sh", "--quick", "--clients", "20,30", "--workers", "1,2", "--node-workers", "2", "--duration", "200ms", "--out", out)
	cmd.Dir = "../.."
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var r swept
	decode(t, filepath.Join(out, "results.json"), &r)
	if m := r.Machine; m.CPU == "" || m.Kernel == "" || !strings.HasPrefix(m.Go, "go1.") || !strings.HasPrefix(m.Node, "v") || m.Cores < 1 || m.Descriptors < 1 || m.Packages["socket.io"] != "4.8.4" {
		t.Errorf("%+v", m)
	}
	var servers []string
	for _, w := range r.Rows {
		servers = append(servers, w.Server)
		if w.Kind == "ioserver" && (w.Lost != 0 || !w.OK) {
			t.Errorf("%+v", w)
		}
		var of struct{ Scenarios []struct{ PerSecond float64 } }
		decode(t, filepath.Join(out, "runs", w.Runs[0]), &of)
		if len(of.Scenarios) < 3 || w.Figures["echoPerSecond"] != of.Scenarios[2].PerSecond || w.Figures["echoP50Millis"] <= 0 || w.Figures["memoryBeforeBytes"] < 1<<20 {
			t.Errorf("%+v is not of %+v", w, of)
		}
	}
	if want := []string{"Node.js × 2", "ioserver × 1", "ioserver × 2"}; !slices.Equal(servers, append(want, want...)) {
		t.Error(servers)
	}
	compareReports(t, out)
}

// compareReports has every cell of one report in the other, and every plot there.
func compareReports(t *testing.T, out string) {
	page, md := read(t, filepath.Join(out, "report.html")), read(t, filepath.Join(out, "report.md"))
	cells := 0
	for line := range strings.Lines(md) {
		if !regexp.MustCompile(`^\| (connect:|memory [a-z]|echo|broadcast:|polling:|lost,)`).MatchString(line) {
			continue
		}
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells++
			if !strings.Contains(html.UnescapeString(page), "<td>"+strings.TrimSpace(cell)+"</td>") {
				t.Errorf("the page has no %q of %s", cell, line)
			}
		}
	}
	plots := regexp.MustCompile(`\((plots/[a-z-]+\.svg)\)`).FindAllStringSubmatch(md, -1)
	if cells < 100 || len(plots) < 5 {
		t.Errorf("%d cells, %d plots\n%s", cells, len(plots), md)
	}
	for _, p := range plots {
		if svg := read(t, filepath.Join(out, p[1])); !strings.Contains(page, strings.TrimSpace(svg)) {
			t.Errorf("%s is another in the page", p[1])
		}
	}
}

// Whatever ends the script, nothing that it started is left.
func TestScriptInterrupted(t *testing.T) {
	for name, c := range map[string]struct {
		signal syscall.Signal
		status int
	}{"interrupt": {syscall.SIGINT, 130}, "terminate": {syscall.SIGTERM, 130}, "kill": {syscall.SIGKILL, -1}} {
		t.Run(name, func(t *testing.T) {
			marker := "BENCH_OF=" + t.TempDir() // which everything that it starts inherits
			ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
			defer cancel()
			cmd := exec.CommandContext(ctx, "scripts/bench.sh", "--no-node", "--clients", "20", "--workers", "2", "--duration", "1m", "--out", t.TempDir())
			cmd.Dir, cmd.Env = "../..", append(os.Environ(), marker)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "[1/1] ioserver × 2") {
			}
			if len(marked(marker)) < 4 { // script, master, two workers
				t.Errorf("they are not there: %v", marked(marker))
			}
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Error(err)
			}
			for lines.Scan() {
			}
			_ = cmd.Wait() // it was ended
			if got := cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("exit status %d, not %d", got, c.status)
			}
			gone(t, marker)
		})
	}
}

// gone waits until nobody has the marker: those whose parent was killed end by
// themselves, of which nobody is told.
func gone(t *testing.T, marker string) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-again.C {
		if len(marked(marker)) == 0 {
			return
		}
	}
	t.Errorf("still there: %v", marked(marker))
}

// marked are the processes whose environment has a line.
func marked(line string) map[string]string {
	all := make(map[string]string)
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err == nil && bytes.Contains(b, []byte(line+"\x00")) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline"))
			all[filepath.Base(filepath.Dir(f))] = strings.ReplaceAll(string(command), "\x00", " ")
		}
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, name)), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
