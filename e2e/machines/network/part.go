package network

// nowhere is the Ethernet address of what a machine sends to another one that it
// is parted from: nobody has it.
const nowhere = "02:00:00:00:00:00"

// Part loses whatever these machines send to those, and those to these, without
// a word, as between two halves of a network that is partitioned. Everything
// else goes on, also what this machine's clients send to either.
func Part(these, those []*Machine) error {
	return pairs(these, those, func(m *Machine, addr string) string {
		return "-n " + m.Namespace + " neigh replace " + addr + " lladdr " + nowhere + " nud permanent dev eth0"
	})
}

// Unite undoes Part.
func Unite(these, those []*Machine) error {
	return pairs(these, those, func(m *Machine, addr string) string {
		return "-n " + m.Namespace + " neigh del " + addr + " dev eth0"
	})
}

// pairs runs a line for each machine of either side and each address of the other.
func pairs(these, those []*Machine, line func(m *Machine, addr string) string) error {
	var lines []string
	for _, one := range these {
		for _, other := range those {
			lines = append(lines, line(one, other.Addr), line(other, one.Addr))
		}
	}
	return run(lines...)
}
