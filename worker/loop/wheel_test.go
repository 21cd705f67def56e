package loop

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"
)

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, most uintptr
	}{
		{"Conn", unsafe.Sizeof(Conn{}), 96},
		{"Timer", unsafe.Sizeof(Timer{}), 40},
		{"chunk", unsafe.Sizeof(chunk{}), 208},
	} {
		if tt.got > tt.most {
			t.Errorf("a %s is %d bytes, want at most %d", tt.name, tt.got, tt.most)
		}
	}
}

type nobody struct{}

func (nobody) Expire(*Timer) {}

// model runs a wheel beside the obvious implementation.
type model struct {
	t      *testing.T
	wheel  wheel
	timers []Timer
	due    map[*Timer]uint64
	now    uint64
}

func newModel(t *testing.T, timers int) *model {
	return &model{t: t, timers: make([]Timer, timers), due: map[*Timer]uint64{}}
}

func (m *model) arm(i int, due uint64) {
	m.wheel.arm(&m.timers[i], due, nobody{})
	m.due[&m.timers[i]] = min(max(due, m.now+1), farthest)
}

func (m *model) disarm(i int) {
	m.wheel.disarm(&m.timers[i])
	delete(m.due, &m.timers[i])
}

// advance moves to now and checks what fires: exactly what is due, in order.
func (m *model) advance(now uint64) {
	m.t.Helper()
	m.now = max(m.now, now)
	m.wheel.collect(now)
	last := uint64(0)
	for m.wheel.firing() {
		t, _ := m.wheel.fire()
		due, armed := m.due[t]
		if !armed || due > now || due < last {
			m.t.Fatalf("at tick %d a timer fired that was due at %d (armed %v), after one due at %d", now, due, armed, last)
		}
		if t.Armed() {
			m.t.Fatal("a timer that fires is still armed")
		}
		last = due
		delete(m.due, t)
	}
	next := uint64(farthest + 1)
	for t, due := range m.due {
		if due <= now {
			m.t.Fatalf("at tick %d a timer due at %d has not fired", now, due)
		}
		if !t.Armed() {
			m.t.Fatalf("a timer due at %d got lost", due)
		}
		next = min(next, due)
	}
	at, ok := m.wheel.next()
	if ok != (len(m.due) > 0) || ok && (at > next || at <= now) {
		m.t.Fatalf("at tick %d the wheel wants to be woken at %d (%v), the earliest timer is due at %d", now, at, ok, next)
	}
}

func TestWheelBoundaries(t *testing.T) {
	var dues []uint64
	for shift := range 42 {
		dues = append(dues, 1<<shift-1, 1<<shift, 1<<shift+1)
	}
	dues = append(dues, farthest-1, farthest, farthest+1, 1<<62)
	for _, start := range []uint64{0, 1, 62, 63, 64, 4095, 4096, 1<<18 - 1, 1 << 30} {
		m := newModel(t, len(dues))
		m.advance(start)
		for i, due := range dues {
			m.arm(i, start+due)
		}
		for len(m.due) > 0 {
			at, _ := m.wheel.next()
			m.advance(at)
		}
	}
}

func TestWheelRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m := newModel(t, 300)
	for range 20000 {
		i := r.IntN(len(m.timers))
		switch r.IntN(4) {
		case 0, 1:
			m.arm(i, m.now+r.Uint64N(1<<r.IntN(30)))
		case 2:
			m.disarm(i)
		case 3:
			m.advance(m.now + r.Uint64N(1<<r.IntN(16)))
		}
	}
}

func FuzzWheel(f *testing.F) {
	f.Add([]byte{0, 1, 63, 1, 2, 64, 2, 1, 0, 3, 0, 200})
	f.Add([]byte{0, 1, 0xff, 12, 2, 0xff, 3, 0, 0xff, 15, 0, 0xff})
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := newModel(t, 16)
		for chunk := range slices.Chunk(ops, 3) {
			if len(chunk) < 3 {
				break
			}
			i, span := int(chunk[1]&15), uint64(chunk[2])<<(chunk[0]>>2&31)
			switch chunk[0] & 3 {
			case 0, 1:
				m.arm(i, m.now+span)
			case 2:
				m.disarm(i)
			case 3:
				m.advance(m.now + span)
			}
		}
	})
}

func TestTickAfterIsNeverEarly(t *testing.T) {
	l := &Loop{epoch: time.Now()}
	for _, d := range []time.Duration{-time.Hour, 0, 1, tick - 1, tick, tick + 1, time.Second, 40 * 24 * time.Hour, 1<<63 - 1} {
		n := l.tickAfter(l.epoch.Add(d))
		if begins := time.Duration(n) * tick; begins < d && d < math.MaxInt64-tick || begins-max(d, 0) > tick {
			t.Errorf("%v is rounded to the tick at %v", d, begins)
		}
	}
}
