package master

// fit lowers the bounds of what the master holds to what it has descriptors for; 0: any number.
func (r *run) fit(descriptors int) {
	if descriptors > 0 {
		for _, bound := range []*int{&r.door.bounds.total, &r.door.gate.bounds.line, &r.peeks.looking} {
			*bound = min(*bound, max(descriptors/heldShare, 1))
		}
	}
}
