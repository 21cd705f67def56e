package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be used ends with 2 and one line that names it.
func TestBenchBadUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "--url"},
		{"--url https://x", "TLS"},
		{"ech --url http://127.0.0.1:1", "did you mean echo?"},
		{"echo --url http://127.0.0.1:1 --clients none", `--clients "none"`},
		{"echo --ulr http://127.0.0.1:1", "did you mean --url?"},
		{"echo --url", "--url without a value"},
		{"echo --url http://127.0.0.1:1 --clients 1000000", "descriptors"},
		{"broadcast --url http://127.0.0.1:1", "--trigger"},
		{"--url http://127.0.0.1:1 --source 1.2.3", "127.0.0.0/24"},
		{"--url http://127.0.0.1:1 --header x", "Name: value"},
		{"--url http://127.0.0.1:1 --warmup -1s", "--warmup"},
		{"--url http://127.0.0.1:1 --messages 1.5", "--messages"},
		{"--workers 2", "--workers"},
	} {
		stdout, stderr, status := run(t, nil, append([]string{"bench"}, strings.Fields(c.args)...)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ioserver: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: status %d, %q, %q", c.args, status, stdout, stderr)
		}
	}
}

// Flags may stand before and behind the scenarios, help too.
func TestBenchFlagsAnywhere(t *testing.T) {
	for _, args := range []string{"--help", "echo --help", "echo --clients 5 idle -h"} {
		stdout, stderr, status := run(t, nil, append([]string{"bench"}, strings.Fields(args)...)...)
		if status != 0 || stderr != "" || !strings.Contains(stdout, "--trigger-header LINE") || !strings.Contains(stdout, "[connect|idle|") {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

// A server that loses all ends with 1, and every report says the same.
func TestBenchOfNobody(t *testing.T) {
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	if err := os.WriteFile(name("json"), []byte(strings.Repeat("old ", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := run(t, nil, "bench", "echo", "--url", "http://127.0.0.1:1", "--clients", "7", "idle",
		"--header", "X: a, b", "--header", "Y: c", "--json", name("json"), "--csv", name("csv"), "--html", name("html"))
	if status != 1 || !strings.Contains(stdout, "FAULT: 7 clients lost") || !strings.Contains(stderr, "7 faults") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	b, err := os.ReadFile(name("json"))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		OK        bool
		Scenarios []struct{ Faults struct{ ClientsLost int } }
	}
	if err := json.Unmarshal(b, &r); err != nil || r.OK || len(r.Scenarios) != 1 || r.Scenarios[0].Faults.ClientsLost != 7 {
		t.Errorf("%v, %s", err, b)
	}
	for file, want := range map[string]string{"csv": "connect,websocket,7,0,", "html": "7 clients lost"} {
		if b, err := os.ReadFile(name(file)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v, %s", file, err, b)
		}
	}
	if _, stderr, status := run(t, nil, "bench", "--url", "http://127.0.0.1:1", "--json", dir); status != 1 || !strings.Contains(stderr, dir) {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestBenchIsInTheManual(t *testing.T) {
	stdout, _, _ := run(t, nil, "man")
	for _, s := range benchCommand().own.settings {
		if !strings.Contains(stdout, troff("--"+s.name)) {
			t.Errorf("--%s is not there", s.name)
		}
	}
}
