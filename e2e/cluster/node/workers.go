package node

import (
	"fmt"
	"syscall"
	"time"
)

// Worker is the process that serves the slot, as last logged.
func (n *Node) Worker(slot int) (pid int, err error) {
	return n.latest(fmt.Sprintf("worker %d", slot), func(l Line) bool { return l.Says("worker serves") && l.Int("slot") == slot })
}

// Broker is the process that serves the bus, as last logged.
func (n *Node) Broker() (pid int, err error) {
	return n.latest("broker", func(l Line) bool { return l.Says("broker serves") })
}

func (n *Node) latest(name string, match func(Line) bool) (int, error) {
	lines := n.Lines(match)
	if len(lines) == 0 || lines[len(lines)-1].Int("pid") <= 1 {
		return 0, fmt.Errorf("no %s has logged that it serves", name)
	}
	return lines[len(lines)-1].Int("pid"), nil
}

// KillWorker kills the slot's worker, and returns when another serves, and how
// long that took.
func (n *Node) KillWorker(slot int, timeout time.Duration) (time.Duration, error) {
	pid, err := n.Worker(slot)
	if err != nil {
		return 0, err
	}
	return n.replace(pid, timeout, func(l Line) bool { return l.Says("worker serves") && l.Int("slot") == slot })
}

// KillBroker is the same with the bus.
func (n *Node) KillBroker(timeout time.Duration) (time.Duration, error) {
	pid, err := n.Broker()
	if err != nil {
		return 0, err
	}
	return n.replace(pid, timeout, func(l Line) bool { return l.Says("broker serves") })
}

func (n *Node) replace(pid int, timeout time.Duration, serves func(Line) bool) (time.Duration, error) {
	before := len(n.Lines(serves))
	began := time.Now()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return 0, fmt.Errorf("kill process %d: %w", pid, err)
	}
	count := 0
	line, err := n.Await(timeout, func(l Line) bool {
		if serves(l) {
			count++
		}
		return count > before
	})
	if err != nil {
		return 0, fmt.Errorf("no successor of process %d: %w", pid, err)
	}
	return line.At.Sub(began), nil
}

// Counts are the figures that each worker leaves in the log when it stops, by
// slot.
func (n *Node) Counts() map[int]Line {
	counts := make(map[int]Line)
	for _, l := range n.Lines(func(l Line) bool { return l.Says("worker stops") }) {
		counts[l.Int("slot")] = l
	}
	return counts
}

// Sum adds one figure up over all workers.
func (n *Node) Sum(figure string) (sum int) {
	for _, l := range n.Counts() {
		sum += l.Int(figure)
	}
	return sum
}
