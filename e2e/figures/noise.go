package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of /proc/stat.
const tick = 10 * time.Millisecond

// noise is what the machine had done until a moment, and what of it was ours.
type noise struct {
	at                time.Time
	busy, ours, steal time.Duration
}

func readNoise() (noise, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return noise{}, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	n := noise{at: time.Now()}
	for i, f := range strings.Fields(line)[1:] { // user nice system idle iowait irq softirq steal
		v, err := strconv.Atoi(f)
		if err != nil {
			return noise{}, fmt.Errorf("/proc/stat: %w", err)
		}
		switch i {
		case 0, 1, 2, 5, 6:
			n.busy += time.Duration(v) * tick
		case 7:
			n.steal = time.Duration(v) * tick
		}
	}
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			return noise{}, err
		}
		n.ours += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return n, nil
}

// since says what others have taken of the machine's processors, ours having
// ended.
func (n noise) since() (string, error) {
	now, err := readNoise()
	if err != nil {
		return "", err
	}
	length := now.at.Sub(n.at).Seconds() * float64(runtime.NumCPU())
	others := max(0, (now.busy - n.busy - now.ours + n.ours).Seconds())
	return fmt.Sprintf("others %.0f%% steal %.0f%%", 100*others/length, 100*(now.steal-n.steal).Seconds()/length), nil
}

// awaitQuiet waits until nobody else has much to do, at most so long.
func awaitQuiet(ctx context.Context, limit time.Duration) error {
	const quiet, look = 0.10, 2 * time.Second
	for end := time.Now().Add(limit); time.Now().Before(end); {
		before, err := readNoise()
		if err != nil {
			return err
		}
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := readNoise()
		if err != nil {
			return err
		}
		if (now.busy - before.busy).Seconds() < quiet*look.Seconds()*float64(runtime.NumCPU()) {
			return nil
		}
	}
	return nil
}
