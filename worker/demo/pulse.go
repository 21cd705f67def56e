package demo

// flow is a message on its way, for the picture.
type flow struct {
	Room string `json:"room"`
	Node uint16 `json:"node"`
	Slot int    `json:"slot"`
}

// pulse is what clients hear of the cluster at once: who came, changed, went,
// and where messages came from.
type pulse struct {
	Put   []*person `json:"put,omitempty"`
	Gone  []string  `json:"gone,omitempty"`
	Flows []flow    `json:"flows,omitempty"`
}

// pageRoom is the room of all who entered, whichever of the chat's rooms they
// are in. Those have another prefix.
const pageRoom = "page"

func roomOf(name string) string { return "room:" + name }

// flowed notes a message for the next pulse.
func (d *Demo) flowed(m *message) {
	if len(d.flows) < pulseFlows {
		d.flows = append(d.flows, flow{m.Room, m.Node, m.Slot})
	}
	d.stir()
}

// stir makes a pulse come soon.
func (d *Demo) stir() {
	select {
	case d.stirred <- struct{}{}:
	default:
	}
}

// nudge makes an answer go out soon.
func (d *Demo) nudge() {
	select {
	case d.nudged <- struct{}{}:
	default:
	}
}

// flush tells this worker's clients what has changed since the last pulse.
func (d *Demo) flush() {
	p := pulse{Flows: d.flows}
	for id, x := range d.changed {
		if x != nil {
			p.Put = append(p.Put, x)
		} else {
			p.Gone = append(p.Gone, id)
		}
	}
	d.flows = nil
	clear(d.changed)
	if len(p.Put)+len(p.Gone)+len(p.Flows) > 0 && len(d.self.people) > 0 {
		_ = d.ns.To(pageRoom).Local().Emit("pulse", p) // fails only at the end
	}
}
