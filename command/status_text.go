package command

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

const (
	// serverShown is how much of a NATS server's id is shown: as much as tells one
	// from another.
	serverShown = 8
	// hostShown is how much a narrow terminal shows of a machine's name at least.
	hostShown = 12
)

// statusText is the document for people, in lines of at most width (0: however
// long).
func statusText(s *workerapi.Status, width int, colours bool) string {
	head, bus := "", ""
	if colours && (!s.Serving || len(s.Nodes) == 0) {
		head = red
	}
	if colours && !s.Bus.Connected {
		bus = red
	}
	var lines []string
	for _, line := range wrapped(statusHead(s), width) {
		lines = append(lines, painted(line, head))
	}
	for _, line := range wrapped(statusBus(s), width) {
		lines = append(lines, painted(line, bus))
	}
	lines = append(lines, "")
	lines = append(lines, layout(nodeColumns(s), width)...)
	lines = append(lines, "")
	lines = append(lines, layout(slotColumns(s, colours), width)...)
	return strings.Join(lines, "\n") + "\n"
}

// statusHead says how many there are of everything.
func statusHead(s *workerapi.Status) string {
	slots, all := 0, tally{}
	for _, n := range s.Nodes {
		slots += len(n.Slots)
		all.add(n.Slots)
	}
	serve := "serve"
	if all.serving == 1 {
		serve = "serves"
	}
	return fmt.Sprintf("ioserver %s: %s, %d of %d workers %s, %s",
		oneLine(s.Version), counted(len(s.Nodes), "node"), all.serving, slots, serve, counted(all.polling+all.webSocket, "session"))
}

// statusBus says who has answered, and how it hears the others.
func statusBus(s *workerapi.Status) string {
	who := fmt.Sprintf("says slot %d of node %d", s.Slot, s.Node)
	if !s.Bus.Connected {
		return "bus not connected, " + who + ": others are shown as it heard them last"
	}
	server := ""
	if s.Bus.Server != "" {
		server = " to " + cut(oneLine(s.Bus.Server), serverShown)
	}
	return fmt.Sprintf("bus connected%s, %s heard, %s", server, counted(s.Bus.Peers, "other worker"), who)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// tally is what slots hold together.
type tally struct {
	serving, connections, polling, webSocket int
	relayed, across, tunnels                 uint64
}

func (t *tally) add(slots []workerapi.Slot) {
	for _, s := range slots {
		if s.State == workerapi.StateServing {
			t.serving++
		}
		t.connections += s.Connections
		t.polling += s.Sessions.Polling
		t.webSocket += s.Sessions.WebSocket
		t.relayed += s.Relayed.Machine
		t.across += s.Relayed.Cluster
		t.tunnels += s.Tunnels
	}
}

// cells are what is counted of connections.
func (t *tally) cells() []string {
	return []string{
		strconv.Itoa(t.connections), strconv.Itoa(t.polling), strconv.Itoa(t.webSocket),
		strconv.FormatUint(t.relayed, 10), strconv.FormatUint(t.across, 10), strconv.FormatUint(t.tunnels, 10),
	}
}

// nodeColumns are the nodes, with what their workers hold together.
func nodeColumns(s *workerapi.Status) []lane {
	c := []lane{
		{title: "NODE", right: true}, {title: "HOST", least: hostShown}, {title: "UP", right: true, spare: 2}, {title: "SERVING", right: true},
		{title: "CONNECTIONS", right: true, spare: 7}, {title: "POLLING", right: true}, {title: "WEBSOCKET", right: true},
		{title: "RELAYED", right: true, spare: 3}, {title: "ACROSS", right: true, spare: 4}, {title: "TUNNELS", right: true, spare: 5},
		{title: "NATS", spare: 8}, {title: "", spare: 6},
	}
	for _, n := range s.Nodes {
		sum := tally{}
		sum.add(n.Slots)
		self := ""
		if n.Self {
			self = "answers"
		}
		servers := make([]string, len(n.Servers))
		for i, s := range n.Servers {
			servers[i] = cut(oneLine(s), serverShown)
		}
		cells := []string{strconv.Itoa(int(n.ID)), oneLine(n.Host), lasting(n.Uptime), fmt.Sprintf("%d/%d", sum.serving, len(n.Slots))}
		add(c, append(append(cells, sum.cells()...), strings.Join(servers, " "), self))
	}
	return c
}

// slotColumns are all nodes' slots.
func slotColumns(s *workerapi.Status, colours bool) []lane {
	c := []lane{
		{title: "NODE", right: true}, {title: "SLOT", right: true}, {title: "STATE"}, {title: "PID", right: true, spare: 3},
		{title: "RESPAWNS", right: true, spare: 6}, {title: "CONNECTIONS", right: true, spare: 5},
		{title: "POLLING", right: true}, {title: "WEBSOCKET", right: true},
		{title: "RELAYED", right: true, spare: 1}, {title: "ACROSS", right: true, spare: 2}, {title: "TUNNELS", right: true, spare: 4},
		{title: "NATS", spare: 7},
	}
	if colours {
		c[2].colour = stateColour
	}
	for _, n := range s.Nodes {
		for _, w := range n.Slots {
			respawns, pid := "", "-"
			if w.Respawns != nil {
				respawns = strconv.FormatUint(*w.Respawns, 10)
			}
			if w.PID != 0 {
				pid = strconv.Itoa(w.PID)
			}
			own := tally{}
			own.add([]workerapi.Slot{w})
			cells := []string{strconv.Itoa(int(n.ID)), strconv.Itoa(w.Slot), stateOf(w), pid, respawns}
			add(c, append(append(cells, own.cells()...), cut(oneLine(w.Server), serverShown)))
		}
	}
	return c
}

// add is a row's cells.
func add(columns []lane, cells []string) {
	for i := range columns {
		columns[i].cells = append(columns[i].cells, cells[i])
	}
}

// stateOf is a slot's state in words: a worker may serve, and nobody hears it.
func stateOf(s workerapi.Slot) string {
	if s.State == workerapi.StateServing && s.Server == "" {
		return workerapi.StateServing + ", no bus"
	}
	return oneLine(s.State)
}

func stateColour(state string) string {
	switch {
	case state == workerapi.StateServing:
		return green
	case state == "starting" || strings.HasPrefix(state, workerapi.StateServing):
		return yellow
	}
	return red
}

// lasting is a time that something has lasted, in its two largest units.
func lasting(seconds float64) string {
	d := time.Duration(min(max(seconds, 0), 1e9) * float64(time.Second))
	day := 24 * time.Hour
	switch {
	case d >= day:
		return fmt.Sprintf("%dd %dh", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh %dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm %ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
