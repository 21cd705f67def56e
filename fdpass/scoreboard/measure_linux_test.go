package scoreboard

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMeasure(t *testing.T) {
	var r Row
	before := Now()
	r.Measure()
	if beat := r.Beat.Load(); beat < before || beat > Now() {
		t.Errorf("beat %d, began at %d", beat, before)
	}
	if m := r.Memory.Load(); m < 1<<20 || m > 1<<32 {
		t.Errorf("%d bytes of memory", m)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || r.DescriptorLimit.Load() != limit.Cur {
		t.Errorf("limit of %d descriptors, %v", r.DescriptorLimit.Load(), err)
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if want := uint64(len(entries) - 1); err != nil || r.Descriptors.Load() != want { // less the one that reads the directory
		t.Errorf("%d descriptors, %d in /proc, %v", r.Descriptors.Load(), want, err)
	}
	if n, err := countDescriptors(); err != nil || n != len(entries)-1 {
		t.Errorf("counted %d descriptors one by one, %v", n, err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cpu, open := r.CPU.Load(), r.Descriptors.Load()
	r.descriptorsCounted.Store(0) // where they are counted, that is due again
	for r.CPU.Load() == cpu {     // time passes with the asking
		r.Measure()
	}
	if got := r.Descriptors.Load(); got != open+1 {
		t.Errorf("%d descriptors after one more was opened, %d before", got, open)
	}
}

// A process that takes over a row adds its time to its predecessor's.
func TestMeasureAddsUp(t *testing.T) {
	var r Row
	const before = 1 << 60
	r.CPU.Store(before)
	r.Measure()
	first := r.CPU.Load()
	if first <= before {
		t.Errorf("CPU time went from %d to %d", uint64(before), first)
	}
	r.End()
	r.Measure() // as another process would, with all of its time
	if again := r.CPU.Load(); again-first < first-before {
		t.Errorf("a successor added %d, its predecessor %d", again-first, first-before)
	}
}

func TestSecondNumber(t *testing.T) {
	const whole = "12345 678 90 1 0 2 0\n"
	for n := range len(whole) + 1 {
		got, ok := secondNumber([]byte(whole[:n]))
		want, there := uint64(0), n > 6
		for _, c := range whole[6:min(max(n, 6), 9)] {
			want = 10*want + uint64(c-'0')
		}
		if got != want || ok != there {
			t.Errorf("%q: %d, %v; want %d, %v", whole[:n], got, ok, want, there)
		}
	}
}

func TestStates(t *testing.T) {
	for s, want := range map[State]string{Down: "down", Starting: "starting", Serving: "serving", Stalled: "stalled", 99: "unknown"} {
		if got := s.String(); got != want {
			t.Errorf("%d: %s", s, got)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	var r Row
	b.ReportAllocs()
	for b.Loop() {
		r.Measure()
	}
}
