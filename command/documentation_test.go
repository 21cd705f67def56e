package command

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Every flag stands in docs/configuration.md, with its variable and default.
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
	for _, s := range newFlags(defaults()).settings {
		s := s.(*setting)
		row, ok := rows[s.Name]
		if !ok {
			t.Errorf("--%s is not there", s.Name)
			continue
		}
		delete(rows, s.Name)
		want := "none"
		if d := s.value.String(); d != "" {
			want = fmt.Sprintf("`%s`", d)
		}
		if s.Name == "workers" {
			want = "CPUs"
		}
		if !strings.Contains(row, "| "+want+" |") {
			t.Errorf("--%s: the default is not %s: %s", s.Name, want, row)
		}
		if !strings.Contains(row, "`"+s.EnvVars[0]+"`") {
			t.Errorf("--%s: %s is not there", s.Name, s.EnvVars[0])
		}
	}
	for name := range rows {
		t.Errorf("--%s is no flag", name)
	}
}
