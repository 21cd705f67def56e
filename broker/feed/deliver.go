package feed

// deliver is the goroutine that calls the handlers.
func (f *Feed) deliver() {
	var items []item
	for {
		items = f.queue.take(items)
		if items == nil {
			return
		}
		for i, it := range items {
			items[i] = item{}
			if it.peer != nil {
				f.tell(it.peer)
				continue
			}
			f.delivered.messages.Add(1)
			f.delivered.bytes.Add(uint64(len(it.d.Data)))
			if it.d.Direct {
				f.delivered.direct.Add(1)
			}
			f.handle(it.d)
			if f.queue.handled(it.d) {
				f.in.drained()
			}
			if f.queue.isClosed() {
				return
			}
		}
	}
}

// tell reports a peer, unless it is as it was last told.
func (f *Feed) tell(p *peer) {
	f.in.mu.Lock()
	p.queued = false
	alive, news := p.alive, p.alive != p.told
	p.told = alive
	f.in.mu.Unlock()
	if news {
		f.onPeer(p.origin, alive)
	}
}
