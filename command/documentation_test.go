package command

import (
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Every flag stands in docs/configuration.md, with its variable, its default, and
// whether a reload takes it up.
func TestEveryFlagIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string]string)
	for _, line := range strings.Split(string(b), "\n") {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `--"), "`"); ok && strings.HasPrefix(line, "| `--") {
			rows[name] = line
		}
	}
	for _, s := range newTable(defaults()).settings {
		row, ok := rows[s.name]
		if !ok {
			t.Errorf("--%s is not there", s.name)
			continue
		}
		delete(rows, s.name)
		byDefault, when := "none", "restart"
		if d := s.fallback(); s.standing != "" {
			byDefault = d
		} else if d != "" {
			byDefault = "`" + d + "`"
		}
		if s.reloads {
			when = "reload"
		}
		if want := fmt.Sprintf("| `--%s` | `%s` | %s | %s | ", s.name, s.variable(), byDefault, when); !strings.HasPrefix(row, want) {
			t.Errorf("%s\ndoes not begin with\n%s", row, want)
		}
	}
	for name := range rows {
		t.Errorf("--%s is no flag", name)
	}
}

// So does every limit that a program may set.
func TestEveryLimitIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	limits := reflect.TypeFor[socketio.Limits]()
	for i := range limits.NumField() {
		if name := "`" + limits.Field(i).Name + "`"; !strings.Contains(string(b), name) {
			t.Errorf("%s is not there", name)
		}
	}
}

// The README's program compiles.
func TestReadmeProgramCompiles(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(readme), "```go\n")
	program, _, ok := strings.Cut(program, "```")
	if !ok || !strings.HasPrefix(program, "package main\n") {
		t.Fatalf("no program in the README: %q", program)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if formatted, err := format.Source([]byte(program)); err != nil || string(formatted) != program {
		t.Errorf("it is not formatted: %v\n%s", err, formatted)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
