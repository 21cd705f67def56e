package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test's own program be the processes with clients, the NATS
// server and the applications, too.
func TestMain(m *testing.M) {
	if was, err := part(); was {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// TestRows runs every row with tiny numbers: what is sent has to arrive, and each
// row has to tell something. How fast is not looked at.
func TestRows(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "ioserver")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	var out strings.Builder
	b, err := newBench(t.Context(), options{ioserver: binary, module: "..", idle: time.Second, tiny: true}, &out)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			out.Reset()
			if err := b.measure(r); err != nil {
				t.Error(err)
			}
			if !strings.HasPrefix(out.String(), r.name) {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		figure   figure
		compared float64
		verdict  string
	}{
		{figure{value: 3, how: alone, target: 3}, 3, "holds"},
		{figure{value: 3.1, how: alone, target: 3}, 3.1, "MISSED"},
		{figure{value: 3, yard: "y", yardValue: 2, how: ratio, target: 1.5}, 1.5, "holds"},
		{figure{value: 3, yard: "y", yardValue: 2, how: beyond, target: 0.9}, 1, "MISSED"},
		{figure{value: 3, yard: "y", yardValue: 2, how: change, target: 0.5}, 0.5, "holds"},
		{figure{value: 3, yard: "y", how: ratio, target: 1}, 0, "no measure"},
		{figure{value: 3, how: ratio, target: 5}, 3, "no yardstick"},
		{figure{value: 3, how: alone, open: true}, 3, ""},
	}
	for _, c := range tests {
		if got := c.figure.compared(); got != c.compared {
			t.Errorf("%+v: compared %v, want %v", c.figure, got, c.compared)
		}
		if got := c.figure.verdict(); got != c.verdict {
			t.Errorf("%+v: %q, want %q", c.figure, got, c.verdict)
		}
	}
}

func TestMedians(t *testing.T) {
	one := func(name string, value float64) figure {
		return figure{row: "r", name: name, value: value, yard: "y", yardValue: 1, how: ratio}
	}
	got := medians([]figure{one("a", 3), one("b", 9), one("a", 1), one("b", 7), one("a", 2), one("b", 8)})
	if len(got) != 2 || got[0] != one("a", 2) || got[1] != one("b", 8) {
		t.Errorf("%+v", got)
	}
}

func TestChoose(t *testing.T) {
	if c, err := choose([]string{"lone", "cross"}); err != nil || len(c) != 2 || c[0].name != "lone" || c[1].name != "cross" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := choose([]string{"nothing"}); err == nil {
		t.Error("an unknown row is taken")
	}
	if c, err := choose([]string{"all"}); err != nil || len(c) != len(rows()) {
		t.Errorf("all: %v, %v", c, err)
	}
}
