package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/ioserver/ioserver/bench/report"
)

// sample is a report with everything in it; its texts try to break out of HTML.
func sample() *report.Report {
	h := hdrhistogram.New(1000, 1e12, 3)
	for i := range int64(10_000) {
		_ = h.RecordValue((i + 1) * 1000)
	}
	echo := report.Scenario{
		Name: "echo", Transport: "websocket", Wanted: 10, Clients: 9, Loop: "open", Basis: `open "loop"`, Rate: 5000, Size: 64,
		Unit: "acks", Seconds: 2, Operations: 10_000, PerSecond: 5000, Sent: 10_003, Latency: report.NewLatency(h),
		Faults: report.Faults{ClientsLost: 1, AcksLost: 3}, Why: map[string]int64{`<script>alert(1)</script>`: 1},
		Server: &report.Server{Processes: 2, CPUSeconds: 1.5, Cores: 0.75, PerOperation: 150, MemoryKind: "PSS", MemoryBefore: 1e6, MemoryAfter: 2e6, PerClient: 100_000},
		Bench:  report.Bench{Threads: 1, CPUSeconds: 0.2, Busy: []float64{0.1}, Busiest: 0.1, LagP99: 0.2, LagMax: 3, LateP99: 0.1, MemoryBytes: 3e7, PerClient: 900},
		Notes:  []string{"a <b>note</b>"},
	}
	connect := report.Scenario{Name: "connect", Transport: "polling", Wanted: 10, Clients: 10, Unit: "connections", Operations: 10, Seconds: 0.1, PerSecond: 100, Latency: report.NewLatency(h), Server: echo.Server}
	for i := range 5 {
		p := report.Point{Seconds: float64(i) / 2, PerSecond: 5000, P50: 5, P99: 9, Clients: int64(2 * i), Cores: 0.5, Memory: 1e6 + int64(i)*1e5}
		echo.Series = append(echo.Series, p)
		connect.Series = append(connect.Series, p)
	}
	return &report.Report{
		Version: "1.2.3", Started: time.Unix(1e9, 0), Seconds: 3, Target: report.Target{URL: "http://x/</style><img x>", Path: "/socket.io/", Namespace: "/", Revision: 4, PID: 7},
		Machine:   report.Machine{CPU: "a & b", Cores: 2, Memory: 8e9, Kernel: "Linux"},
		Scenarios: []report.Scenario{connect, {Name: "idle", Transport: "websocket", Clients: 10}, echo}, Warnings: []string{"<i>hm</i>"},
	}
}

func TestJSONIsTheReport(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back report.Report
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	back.Started = r.Started
	if !reflect.DeepEqual(&back, r) {
		t.Errorf("%+v\n%+v", &back, r)
	}
}

// The figures of CSV and table are those of the report.
func TestCSVAgrees(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := r.CSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	got := make(map[string]string)
	for i, name := range rows[0] {
		got[name] = rows[3][i]
	}
	s := r.Scenarios[2]
	for name, want := range map[string]any{
		"scenario": "echo", "clients": 9, "operations": 10000, "per_second": 5000, "latency_p50_ms": s.Latency.P50, "latency_p999_ms": s.Latency.P999,
		"latency_max_ms": s.Latency.Max, "server_cpu_us_per_op": 150, "server_memory_per_client": 100000, "clients_lost": 1, "acks_lost": 3, "messages_lost": 0, "bench_busiest": 0.1,
	} {
		if got[name] != fmt.Sprint(want) {
			t.Errorf("%s is %q, want %v", name, got[name], want)
		}
	}
	if i := indexOf(rows[0], "latency_p50_ms"); rows[2][i] != "" {
		t.Errorf("idle has a latency: %q", rows[2][i])
	}
}

func indexOf(all []string, s string) int {
	for i, a := range all {
		if a == s {
			return i
		}
	}
	return -1
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := sample().Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"echo", "10,000 acks", "5,000", "FAULT: 1 clients lost", "FAULT: 3 acks lost", `open "loop"`, "warning: <i>hm</i>", "FAILED: 4 faults", "1.00 MB before any client", "100 kB", "2 processes"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

// The page needs nothing else, has every plot, and nothing breaks out of it.
func TestHTML(t *testing.T) {
	var b strings.Builder
	if err := sample().HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "<img", "<link", "<i>hm", "<b>note", "src=", "href=", "url(", "@import", "http://www", "https://", "NaN", "Inf", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	if n := strings.Count(page, "<svg"); n != 6 {
		t.Errorf("%d plots", n)
	}
	for _, want := range []string{"prefers-color-scheme: dark", "Latency by percentile", "throughput over time", "Memory by clients", "FAILED: 4 faults"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	for part := page; ; {
		i := strings.Index(part, "<svg")
		if i < 0 {
			break
		}
		svg, rest, _ := strings.Cut(part[i:], "</svg>")
		d := xml.NewDecoder(strings.NewReader(svg + "</svg>"))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, svg)
			}
		}
		part = rest
	}
	for _, r := range []*report.Report{{}, {Scenarios: []report.Scenario{{}, {Name: "echo", Unit: "acks", Series: make([]report.Point, 3)}}}} {
		if err := r.HTML(io.Discard); err != nil {
			t.Error(err)
		}
	}
}

func TestLatency(t *testing.T) {
	h := hdrhistogram.New(1000, 1e12, 3)
	if report.NewLatency(h) != nil {
		t.Error("an empty histogram has a latency")
	}
	for i := range int64(1000) {
		_ = h.RecordValue((i + 1) * 1e6)
	}
	l := report.NewLatency(h)
	for want, got := range map[float64]float64{500: l.P50, 900: l.P90, 990: l.P99, 1000: l.Max} {
		if got < want*0.998 || got > want*1.002 {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for i := 1; i < len(l.Curve); i++ {
		if l.Curve[i].Percentile <= l.Curve[i-1].Percentile || l.Curve[i].Value < l.Curve[i-1].Value {
			t.Errorf("the curve falls at %d: %+v", i, l.Curve)
		}
	}
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		report.Count(1234567): "1,234,567", report.Count(-1234): "-1,234", report.Count(999): "999", report.Duration(0.0123): "12.3 µs", report.Duration(1.5): "1.50 ms",
		report.Duration(2500): "2.50 s", report.Bytes(999): "999 B", report.Bytes(1500): "1.50 kB", report.Bytes(25e6): "25.0 MB", report.Bytes(3e9): "3.00 GB", report.Duration(0): "0",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
