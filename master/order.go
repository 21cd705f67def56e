package master

// order is the order of the slots that an address has of its own, from a keyed hash of it: the first is the hash's remainder, the others
// follow by a mark that hash and slot make together. So what one slot has too much of spreads over all others, and each address still
// meets the same few slots.
type order uint64

// choose returns the first slot in this order that is neither full nor crowded. A slot that is down, or hangs, keeps its addresses: its
// inbox is its successor's. Where every other slot is crowded too, the first that is not full; where all are full, the first.
func (o order) choose(slots []*slot) int {
	first := int(uint64(o) % uint64(len(slots)))
	s := slots[first]
	if !s.full() && s.load() < crowdedFrom {
		return first // without a look at the others: nearly always
	}
	bound := crowdedAbove(slots)
	if !s.full() && (!s.serving() || s.load() <= bound) {
		return first
	}
	next := o.next(first, slots, bound)
	if next < 0 && s.full() {
		next = o.next(first, slots, int(^uint(0)>>1))
	}
	if next < 0 {
		return first
	}
	s.spill()
	return next
}

// next is the serving slot with the highest mark of those beside the first that are not full, and hold no more than bound; -1: none.
func (o order) next(first int, slots []*slot, bound int) int {
	best, mark := -1, uint64(0)
	for i, s := range slots {
		if i == first || !s.serving() || s.full() || s.load() > bound {
			continue
		}
		if m := o.mark(i); best < 0 || m > mark {
			best, mark = i, m
		}
	}
	return best
}

// mark mixes hash and slot (the finalizer of MurmurHash3, which is in the public domain): every bit of it hangs on every bit of both.
func (o order) mark(slot int) uint64 {
	x := uint64(o) ^ uint64(slot+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// crowdedAbove is the load above which a slot is crowded: more than its share allows, but never less than crowdedFrom.
func crowdedAbove(slots []*slot) int {
	serving, sum := 0, 0
	for _, s := range slots {
		if s.serving() {
			serving++
			sum += s.load()
		}
	}
	if serving == 0 {
		return crowdedFrom - 1
	}
	return max(crowdedFrom-1, sum*crowdedShare/100/serving)
}
