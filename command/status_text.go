package command

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

// serverShown is how much of a NATS server's id is shown: as much as tells one
// from another.
const serverShown = 8

// What a terminal writes in colour from there on, and no more.
const (
	green    = "\x1b[32m"
	yellow   = "\x1b[33m"
	red      = "\x1b[31m"
	noColour = "\x1b[0m"
)

// statusText is the document for people, in lines of at most width (0: however
// long).
func statusText(s *workerapi.Status, width int, colours bool) string {
	lines := []string{cut(statusHead(s), width), ""}
	lines = append(lines, layout(nodeColumns(s), width)...)
	lines = append(lines, "")
	lines = append(lines, layout(slotColumns(s, colours), width)...)
	return strings.Join(lines, "\n") + "\n"
}

// statusHead says who has answered, and how it hears the others.
func statusHead(s *workerapi.Status) string {
	bus := "not connected"
	if s.Bus.Connected {
		bus = "connected"
		if s.Bus.Server != "" {
			bus += " to " + cut(oneLine(s.Bus.Server), serverShown)
		}
	}
	return fmt.Sprintf("ioserver %s, bus %s, %s heard, by slot %d of node %d", oneLine(s.Version), bus, counted(s.Bus.Peers, "other worker"), s.Slot, s.Node)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// nodeColumns are the nodes, with what their workers hold together.
func nodeColumns(s *workerapi.Status) []lane {
	c := []lane{
		{title: "NODE", right: true}, {title: "HOST"}, {title: "UP", right: true, spare: 2}, {title: "SERVING", right: true},
		{title: "CONNECTIONS", right: true, spare: 3}, {title: "POLLING", right: true}, {title: "WEBSOCKET", right: true},
		{title: "NATS", spare: 4}, {title: "", spare: 1},
	}
	for _, n := range s.Nodes {
		serving, connections, sessions := 0, 0, workerapi.Sessions{}
		for _, slot := range n.Slots {
			if slot.State == workerapi.StateServing {
				serving++
			}
			connections += slot.Connections
			sessions.Polling += slot.Sessions.Polling
			sessions.WebSocket += slot.Sessions.WebSocket
		}
		self := ""
		if n.Self {
			self = "answers"
		}
		var servers []string
		for _, s := range n.Servers {
			servers = append(servers, cut(oneLine(s), serverShown))
		}
		add(c, strconv.Itoa(int(n.ID)), oneLine(n.Host), lasting(n.Uptime), fmt.Sprintf("%d/%d", serving, len(n.Slots)),
			strconv.Itoa(connections), strconv.Itoa(sessions.Polling), strconv.Itoa(sessions.WebSocket), strings.Join(servers, " "), self)
	}
	return c
}

// slotColumns are all nodes' slots.
func slotColumns(s *workerapi.Status, colours bool) []lane {
	c := []lane{
		{title: "NODE", right: true}, {title: "SLOT", right: true}, {title: "STATE"}, {title: "PID", right: true, spare: 3},
		{title: "LIFE", right: true, spare: 8}, {title: "RESPAWNS", right: true, spare: 7}, {title: "CONNECTIONS", right: true, spare: 6},
		{title: "POLLING", right: true}, {title: "WEBSOCKET", right: true},
		{title: "RELAYED", right: true, spare: 1}, {title: "ACROSS", right: true, spare: 2}, {title: "TUNNELS", right: true, spare: 4},
		{title: "NATS", spare: 9},
	}
	if colours {
		c[2].paint = painted
	}
	for _, n := range s.Nodes {
		for _, w := range n.Slots {
			respawns := ""
			if w.Respawns != nil {
				respawns = strconv.FormatUint(*w.Respawns, 10)
			}
			add(c, strconv.Itoa(int(n.ID)), strconv.Itoa(w.Slot), oneLine(w.State), present(w.PID), present(int(w.Life)), respawns,
				strconv.Itoa(w.Connections), strconv.Itoa(w.Sessions.Polling), strconv.Itoa(w.Sessions.WebSocket),
				strconv.FormatUint(w.Relayed.Machine, 10), strconv.FormatUint(w.Relayed.Cluster, 10), strconv.FormatUint(w.Tunnels, 10),
				cut(oneLine(w.Server), serverShown))
		}
	}
	return c
}

// add is a row's cells.
func add(columns []lane, cells ...string) {
	for i := range columns {
		columns[i].cells = append(columns[i].cells, cells[i])
	}
}

// present is a number of something that there may be none of.
func present(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func painted(state string) string {
	switch state {
	case workerapi.StateServing:
		return green + state + noColour
	case "starting":
		return yellow + state + noColour
	}
	return red + state + noColour
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
