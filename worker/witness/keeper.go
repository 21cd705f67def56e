package witness

import (
	"maps"
	"slices"
	"sync"
)

// keeper is what a worker holds for others.
type keeper struct {
	w *Witness

	mu     sync.Mutex
	holds  map[place]*hold
	bytes  int
	spoken map[place]uint64 // lives that ended, and how far they had been heard
}

// hold is what one ward owes.
type hold struct {
	have    uint64            // all up to it was heard
	entries map[string][]byte // nil: never whole yet
	coming  map[string][]byte // while everything is told anew
	silent  int               // beats since its last word
}

// hear takes a frame of a ward, and returns the answer, if there is one. On the
// bus's goroutine.
func (k *keeper) hear(f frame) (answer []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n, ended := k.spoken[f.from]; ended { // it lives, and has to know first
		switch f.kind {
		case kindHeard:
			delete(k.spoken, f.from)
		case kindBeat, kindBegin:
			return appendWord(nil, kindSpoken, k.w.self, f.from.Life, n)
		}
		return nil
	}
	h := k.holds[f.from]
	switch {
	case f.kind == kindBegin:
		if h == nil {
			h = new(hold)
			k.holds[f.from] = h
		}
		k.forget(h.coming)
		h.coming, h.have, h.silent = make(map[string][]byte), f.number, 0
		return nil
	case f.kind == kindBeat:
		return k.beat(h, f)
	case h == nil:
		return nil
	}
	h.silent = 0
	if f.kind == kindRelease {
		k.drop(f.from, h)
		return nil
	}
	if f.number != h.have+1 {
		return nil // something is missing: the answer to the next beat shows
	}
	h.have = f.number
	k.apply(h, f)
	return nil
}

func (k *keeper) beat(h *hold, f frame) []byte {
	have := uint64(0)
	if h != nil {
		have, h.silent = h.have, 0
	}
	return appendWord(nil, kindKept, k.w.self, f.from.Life, have)
}

func (k *keeper) apply(h *hold, f frame) {
	switch f.kind {
	case kindEnd:
		if h.coming != nil {
			k.forget(h.entries)
			h.entries, h.coming = h.coming, nil
		}
	case kindSettled:
		k.remove(h.entries, f.entries[0].id)
		k.remove(h.coming, f.entries[0].id)
	case kindPiece, kindOwe:
		for _, e := range f.entries {
			if h.coming != nil {
				k.put(h.coming, e)
			} else {
				k.put(h.entries, e)
			}
		}
	}
}

func (k *keeper) put(m map[string][]byte, e entry) {
	k.remove(m, e.id)
	weight := weigh(e.id, e.farewell)
	if m == nil || k.bytes+weight > mostBytes {
		k.w.counters.overflows.Add(1)
		return
	}
	k.bytes += weight
	m[e.id] = append([]byte(nil), e.farewell...)
}

func (k *keeper) remove(m map[string][]byte, id string) {
	if farewell, ok := m[id]; ok {
		k.bytes -= weigh(id, farewell)
		delete(m, id)
	}
}

func weigh(id string, farewell []byte) int { return len(id) + len(farewell) + entryOverhead }

func (k *keeper) forget(m map[string][]byte) {
	for id, farewell := range m {
		k.bytes -= weigh(id, farewell)
	}
}

func (k *keeper) drop(at place, h *hold) {
	k.forget(h.entries)
	k.forget(h.coming)
	delete(k.holds, at)
}

// died takes what a ward owed.
func (k *keeper) died(at place) [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.holds[at]
	if h == nil {
		return nil
	}
	k.drop(at, h)
	all := h.entries
	if all == nil {
		all = make(map[string][]byte)
	}
	maps.Copy(all, h.coming) // the newer word
	if len(k.spoken) >= mostSpoken {
		clear(k.spoken)
	}
	k.spoken[at] = h.have
	return slices.Collect(maps.Values(all))
}

// tick forgets wards that live and have not been heard for long: their word that
// somebody else is their witness has been lost.
func (k *keeper) tick() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at, h := range k.holds {
		if h.silent++; h.silent > droppedBeats {
			k.drop(at, h)
		}
	}
}

// load is how many wards there are, and how many entries.
func (k *keeper) load() (wards, entries int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range k.holds {
		entries += max(len(h.entries), len(h.coming))
	}
	return len(k.holds), entries
}
