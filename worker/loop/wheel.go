package loop

import "math/bits"

const (
	wheelBits   = 6
	wheelSlots  = 1 << wheelBits
	wheelLevels = 7                        // 2^42 ticks: more than a time.Duration can hold
	firingSlot  = wheelLevels * wheelSlots // what is due and not yet expired
	placeBits   = 10                       // enough for every slot + 1
	farthest    = 1<<(wheelBits*wheelLevels) - 1
)

// wheel is a hierarchical timing wheel. A timer stands at the level of the highest base-64 digit in which its tick differs from
// the current one, so every level's timers are due before those of the next, and a bitmap a level finds the earliest without
// walking empty slots. A timer moves down a level at most six times in its life.
type wheel struct {
	current  uint64 // ticks up to and including this one have been collected
	occupied [wheelLevels]uint64
	slots    [firingSlot + 1]timerList
}

type timerList struct{ first, last *Timer }

func (w *wheel) arm(t *Timer, due uint64, e Expirer) {
	w.disarm(t)
	t.expirer = e
	w.insert(t, min(max(due, w.current+1), farthest))
}

// insert needs due > current.
func (w *wheel) insert(t *Timer, due uint64) {
	level := (bits.Len64(due^w.current) - 1) / wheelBits
	digit := due >> (level * wheelBits) & (wheelSlots - 1)
	w.occupied[level] |= 1 << digit
	w.append(t, due, level*wheelSlots+int(digit))
}

func (w *wheel) append(t *Timer, due uint64, slot int) {
	t.place = due<<placeBits | uint64(slot+1)
	list := &w.slots[slot]
	t.next, t.prev = nil, list.last
	if list.last != nil {
		list.last.next = t
	} else {
		list.first = t
	}
	list.last = t
}

func (w *wheel) disarm(t *Timer) {
	if t.place == 0 {
		return
	}
	slot := int(t.place&(1<<placeBits-1)) - 1
	list := &w.slots[slot]
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		list.first = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		list.last = t.prev
	}
	t.next, t.prev, t.expirer, t.place = nil, nil, nil, 0
	if list.first == nil && slot != firingSlot {
		w.occupied[slot/wheelSlots] &^= 1 << (slot % wheelSlots)
	}
}

// next is the tick at which collect has something to do: expire timers or spread a slot of a higher level.
func (w *wheel) next() (at uint64, ok bool) {
	for level, occupied := range w.occupied {
		if occupied != 0 {
			_, at = w.earliest(level)
			return at, true
		}
	}
	return 0, false
}

// earliest is the first occupied slot of a level and the tick it begins at.
func (w *wheel) earliest(level int) (slot int, at uint64) {
	digit := bits.TrailingZeros64(w.occupied[level])
	above := w.current >> ((level + 1) * wheelBits) << ((level + 1) * wheelBits)
	return level*wheelSlots + digit, above | uint64(digit)<<(level*wheelBits)
}

// collect moves every timer due at or before now to the firing list, in order of ticks.
func (w *wheel) collect(now uint64) {
	for level := 0; level < wheelLevels; {
		if w.occupied[level] == 0 {
			level++
			continue
		}
		slot, at := w.earliest(level)
		if at > now {
			break
		}
		w.current = at
		w.spread(level, slot)
		level = 0
	}
	w.current = max(w.current, now)
}

// spread empties a slot whose first tick is the current one: what is due goes to the firing list, the rest down the levels.
func (w *wheel) spread(level, slot int) {
	t := w.slots[slot].first
	w.slots[slot] = timerList{}
	w.occupied[level] &^= 1 << (slot % wheelSlots)
	for t != nil {
		next, due := t.next, t.place>>placeBits
		if due <= w.current {
			w.append(t, due, firingSlot)
		} else {
			w.insert(t, due)
		}
		t = next
	}
}

// fire takes the next due timer off, disarmed.
func (w *wheel) fire() (*Timer, Expirer) {
	t := w.slots[firingSlot].first
	if t == nil {
		return nil, nil
	}
	e := t.expirer
	w.disarm(t)
	return t, e
}

func (w *wheel) firing() bool { return w.slots[firingSlot].first != nil }
