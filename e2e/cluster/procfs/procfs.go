// Package procfs reads what Linux tells about processes: their descriptors,
// processor time, environment and listening sockets, and how they end.
package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is the unit of /proc/PID/stat, the same on every Linux.
const ticksPerSecond = 100

func read(pid int, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
}

// Descriptors are what the process's descriptors refer to, sorted.
func Descriptors(pid int) ([]string, error) {
	folder := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil { // else closed meanwhile
			targets = append(targets, target)
		}
	}
	slices.Sort(targets)
	return targets, nil
}

// CPU is the processor time that the process has used.
func CPU(pid int) (time.Duration, error) {
	b, err := read(pid, "stat")
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may contain anything.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d: stat has %d fields", pid, len(fields))
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond, errors.Join(err1, err2)
}

// Arguments are the process's command line.
func Arguments(pid int) ([]string, error) { return list(pid, "cmdline") }

// Environment is what the process was started with.
func Environment(pid int) ([]string, error) { return list(pid, "environ") }

func list(pid int, name string) ([]string, error) {
	b, err := read(pid, name)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00"), nil
}

// WithVariable are the living processes that have "NAME=value" in their
// environment, and so descend from the one that was given it.
func WithVariable(variable string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if env, err := Environment(pid); err == nil && slices.Contains(env, variable) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// AwaitEnd waits until the process has ended, or until the deadline.
func AwaitEnd(pid int, deadline time.Time) error {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(fd)
	for {
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("process %d lives", pid)
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
}

// Stopped reports whether every thread of the process stands still, as after
// SIGSTOP, which does not wait for that.
func Stopped(pid int) (bool, error) {
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "stat"))
	if err != nil || len(tasks) == 0 {
		return false, errors.Join(err, os.ErrNotExist)
	}
	for _, t := range tasks {
		b, err := os.ReadFile(t)
		if err != nil {
			return false, err
		}
		if state := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])); len(state) == 0 || state[0] != "T" {
			return false, nil
		}
	}
	return true, nil
}
