package load

// opener has clients begin, as many at once or a second as was said.
type opener struct {
	running bool
	pace    pacer
	window  int
	begun   int
	settled int // ready or lost
}

func (t *thread) openMore() int64 {
	o, all := &t.opener, t.members()
	for o.begun < len(all) {
		due := t.now
		if o.pace.open() {
			if due = o.pace.due(); due > t.now {
				return due
			}
			record(t.meter.late, t.now-due)
		} else if o.begun-o.settled >= o.window {
			return never
		}
		o.pace.count++
		cl := &all[o.begun]
		o.begun++
		t.open(cl, due)
		if !o.pace.open() {
			cl.begun = clock()
		}
	}
	return never
}

// giveUpOpening loses those that are not ready.
func (t *thread) giveUpOpening() {
	for i, all := 0, t.members(); i < len(all); i++ {
		if cl := &all[i]; cl.state == opening || cl.state == joining || cl.state == unopened {
			t.opener.begun = len(all)
			t.lose(cl, errSlow)
		}
	}
}
