package demo

import (
	"cmp"
	"slices"
)

// tile is a worker in the picture.
type tile struct {
	Node    uint16 `json:"node"`
	Slot    int    `json:"slot"`
	PID     int    `json:"pid"`
	Up      bool   `json:"up"`
	Clients int    `json:"clients"`
}

// look reads this machine's table. It drops workers whose process is another
// now, and tells this worker's clients where the picture has changed.
func (d *Demo) look() {
	var table []Worker
	if d.options.Workers != nil {
		table = d.options.Workers()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	tiles := make([]tile, 0, max(len(table), len(d.peers)))
	for _, w := range table {
		h := home{Node: d.self.home.Node, Slot: w.Slot}
		tiles = append(tiles, tile{h.Node, h.Slot, w.PID, w.Serving, w.Clients})
		if h == d.self.home {
			d.self.clients = w.Clients
			continue
		}
		if p := d.peers[h]; p != nil && p.pid != w.PID {
			d.drop(p)
		}
	}
	for h, p := range d.peers {
		if len(table) == 0 || h.Node != d.self.home.Node {
			tiles = append(tiles, tile{h.Node, h.Slot, p.pid, true, max(p.clients, len(p.people))})
		}
	}
	slices.SortFunc(tiles, func(a, b tile) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Slot, b.Slot))
	})
	if slices.Equal(tiles, d.tiles) {
		return
	}
	d.tiles = tiles
	if len(d.self.people) > 0 {
		_ = d.ns.To(pageRoom).Local().Emit("workers", tiles) // fails only at the end
	}
}
