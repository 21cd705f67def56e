package command

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

// children are the processes whose parent is pid and whose short name begins so.
func children(t *testing.T, pid int, name string) []int {
	t.Helper()
	var list []byte
	tasks, _ := filepath.Glob(filepath.Join("/proc", itoa(pid), "task", "*", "children"))
	for _, task := range tasks { // each thread has those that it started
		b, _ := os.ReadFile(task)
		list = append(append(list, ' '), b...)
	}
	var found []int
	seen := make(map[string]bool)
	for _, field := range strings.Fields(string(list)) {
		child, err := strconv.Atoi(field)
		if err != nil || seen[field] {
			continue
		}
		seen[field] = true
		if b, _ := os.ReadFile(filepath.Join("/proc", field, "comm")); strings.HasPrefix(string(b), name) {
			found = append(found, child)
		}
	}
	if len(found) == 0 {
		t.Fatalf("process %d has no children named %s", pid, name)
	}
	return found
}
