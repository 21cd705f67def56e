package scoreboard

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// countEvery is how often descriptors are counted one by one, on a kernel (before 6.2) that does not tell their number.
const countEvery = 30 * time.Second

// Now is CLOCK_MONOTONIC in nanoseconds: the same in all processes of a machine, standing while it is suspended.
func Now() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // cannot fail
	return t.Nano()
}

// Measure writes this process's memory, descriptors, CPU time and Beat into r, its own row. It takes some ten microseconds; a
// figure that cannot be had stays as it was. For one goroutine at a time.
func (r *Row) Measure() {
	now := Now()
	if pages, ok := resident(); ok {
		r.Memory.Store(pages * uint64(os.Getpagesize()))
	}
	r.measureDescriptors(now)
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) == nil {
		total := uint64(usage.Utime.Nano() + usage.Stime.Nano())
		if counted := r.cpuCounted.Load(); total > counted {
			r.CPU.Add(total - counted)
			r.cpuCounted.Store(total)
		}
	}
	r.Beat.Store(now)
}

// resident reads the second number of /proc/self/statm, proc_pid_statm(5): pages in memory.
func resident() (pages uint64, ok bool) {
	fd, err := unix.Open("/proc/self/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	var buf [128]byte
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return 0, false
	}
	return secondNumber(buf[:n])
}

func secondNumber(b []byte) (n uint64, ok bool) {
	field := 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if field == 1 {
				n, ok = 10*n+uint64(c-'0'), true
			}
		default:
			field++
		}
	}
	return n, ok
}

func (r *Row) measureDescriptors(now int64) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		r.DescriptorLimit.Store(limit.Cur)
	}
	var stat unix.Stat_t
	if unix.Stat("/proc/self/fd", &stat) != nil {
		return
	}
	if stat.Size > 0 {
		r.Descriptors.Store(uint64(stat.Size))
		return
	}
	if last := r.descriptorsCounted.Load(); last != 0 && now-last < int64(countEvery) {
		return
	}
	r.descriptorsCounted.Store(now)
	if n, err := countDescriptors(); err == nil {
		r.Descriptors.Store(uint64(n))
	}
}

// countDescriptors counts without the one that it needs itself.
func countDescriptors() (int, error) {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	return len(names) - 1, err
}
