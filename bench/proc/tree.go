package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of CPU times in /proc/PID/stat, USER_HZ, on every architecture
// that Go runs on.
const tick = 10 * time.Millisecond

// Tree is a process and all below it.
type Tree struct {
	root int
	cpu  map[int]time.Duration // when last seen
	past time.Duration         // of those that have ended
}

// Open returns the tree below a process, which has to be there.
func Open(root int) (*Tree, error) {
	if _, err := os.Stat("/proc/" + strconv.Itoa(root) + "/stat"); err != nil {
		return nil, fmt.Errorf("process %d: %w", root, err)
	}
	return &Tree{root: root, cpu: make(map[int]time.Duration)}, nil
}

// stat is what is needed of /proc/PID/stat.
type stat struct {
	parent int
	cpu    time.Duration
}

func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// The name, in parentheses, may have anything in it.
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 13 {
		return stat{}, false
	}
	parent, _ := strconv.Atoi(string(f[1]))
	user, _ := strconv.ParseInt(string(f[11]), 10, 64)
	system, _ := strconv.ParseInt(string(f[12]), 10, 64)
	return stat{parent: parent, cpu: time.Duration(user+system) * tick}, true
}

// processes are the tree's now.
func (t *Tree) processes() map[int]stat {
	all := make(map[int]stat)
	entries, _ := os.ReadDir("/proc") // none: the tree is gone
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if s, ok := readStat(pid); ok {
				all[pid] = s
			}
		}
	}
	in := make(map[int]stat)
	for pid := range all {
		if t.below(pid, all) {
			in[pid] = all[pid]
		}
	}
	return in
}

func (t *Tree) below(pid int, all map[int]stat) bool {
	for range len(all) { // parents that change while they are read must not make a circle
		if pid == t.root {
			return true
		}
		s, ok := all[pid]
		if !ok || s.parent == 0 {
			return false
		}
		pid = s.parent
	}
	return false
}

// Usage is what a tree takes.
type Usage struct {
	Processes int
	CPU       time.Duration // since the processes began
	RSS       int64         // bytes
	PSS       int64         // bytes; 0 where it may not be read, or was not asked for
}

// Measure reads all. PSS takes the kernel milliseconds for a large process, during
// which that cannot change its memory's layout, so that it is read only if asked for.
func (t *Tree) Measure(pss bool) Usage {
	var u Usage
	now := t.processes()
	u.Processes = len(now)
	for pid, s := range now {
		t.cpu[pid] = max(t.cpu[pid], s.cpu)
		u.CPU += t.cpu[pid]
		u.RSS += resident(pid)
	}
	for pid, c := range t.cpu {
		if _, ok := now[pid]; !ok {
			t.past += c
			delete(t.cpu, pid)
		}
	}
	u.CPU += t.past
	if !pss {
		return u
	}
	for pid := range now {
		b, ok := proportional(pid)
		if !ok {
			if _, there := readStat(pid); !there {
				continue
			}
			u.PSS = 0
			return u
		}
		u.PSS += b
	}
	return u
}

func resident(pid int) int64 {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	f := bytes.Fields(b)
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(f[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

func proportional(pid int) (int64, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0, false
	}
	_, rest, ok := bytes.Cut(b, []byte("\nPss:"))
	if !ok {
		return 0, false
	}
	f := bytes.Fields(rest)
	if len(f) == 0 {
		return 0, false
	}
	kb, err := strconv.ParseInt(string(f[0]), 10, 64)
	return kb << 10, err == nil
}
