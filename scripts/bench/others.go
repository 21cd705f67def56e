package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// othersFor is how long the machine is looked at, while nothing of ours runs.
const othersFor = time.Second

// othersMost is how much of a core others may take before that is noted.
const othersMost = 0.15

// others are the cores that the machine's processes take now, 0 where the context
// ends first.
func others(ctx context.Context) float64 {
	before, began := busy(), time.Now()
	select {
	case <-time.After(othersFor):
		return (busy() - before).Seconds() / time.Since(began).Seconds()
	case <-ctx.Done():
		return 0
	}
}

// busy is the time that all cores have been, what a hypervisor took of it included,
// by the first line of /proc/stat: user, nice, system, idle, iowait and more, in 10 ms.
func busy() (sum time.Duration) {
	b, _ := os.ReadFile("/proc/stat") // without it nothing is noted
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	const user, idle, waiting, steal = 1, 4, 5, 8 // what follows is counted in user already
	for i := user; i <= steal && i < len(fields); i++ {
		if i != idle && i != waiting {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

// noteOthers says where the machine had something else to do.
func (r *results) noteOthers() {
	if max(r.OthersBefore, r.OthersAfter) > othersMost {
		r.Notes = append(r.Notes, fmt.Sprintf("Something else ran on this machine: it took %.2f cores before the first server was started, and %.2f after the last had ended. Latencies and rates have that in them.", r.OthersBefore, r.OthersAfter))
	}
}
