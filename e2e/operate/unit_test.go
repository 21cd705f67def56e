package operate

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostExposed is the worst score that the unit may have of 10.
const mostExposed = 1.5

func analyze(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(within(t), "systemd-analyze", arguments...)
	cmd.Env = append(os.Environ(), "SYSTEMD_COLORS=0", "SYSTEMD_EMOJI=0", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze %v: %v\n%s", arguments, err, out)
	}
	return string(out)
}

func TestSecurityScore(t *testing.T) {
	out := analyze(t, "security", "--offline=true", "--no-pager", filepath.Join(repository, "scripts/systemd/ioserver.service"))
	m := regexp.MustCompile(`Overall exposure level for ioserver\.service: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no score:\n%s", out)
	}
	score, err := strconv.ParseFloat(m[1], 64)
	if err != nil || score > mostExposed {
		t.Errorf("score %s, want at most %v:\n%s", m[1], mostExposed, out)
	}
	t.Logf("score %s", m[1])
}

// setting are the values of a setting of the unit, in order.
func setting(t *testing.T, name string) (values []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(repository, "scripts/systemd/ioserver.service"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), name+"="); ok {
			values = append(values, v)
		}
	}
	return values
}

// expand are the system calls of some names and @sets.
func expand(t *testing.T, names []string) map[string]bool {
	t.Helper()
	calls := make(map[string]bool)
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if !strings.HasPrefix(name, "@") {
			calls[name] = true
			continue
		}
		for _, line := range strings.Split(analyze(t, "syscall-filter", name), "\n") {
			line = strings.TrimSpace(line)
			if line != "" && line != name && !strings.HasPrefix(line, "#") {
				names = append(names, line)
			}
		}
	}
	return calls
}

// permitted are the system calls that the unit's filter lets through.
func permitted(t *testing.T) map[string]bool {
	t.Helper()
	calls := expand(t, []string{"@default"}) // whatever the list says
	for _, list := range setting(t, "SystemCallFilter") {
		without, negative := strings.CutPrefix(list, "~")
		for call := range expand(t, strings.Fields(without)) {
			calls[call] = !negative
		}
	}
	return calls
}
