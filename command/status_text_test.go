package command

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

func someStatus() *workerapi.Status {
	respawns := uint64(3)
	return &workerapi.Status{
		Version: "1.2.3", Node: 9, Slot: 1, Bus: workerapi.Bus{Connected: true, Server: "NABCDEFGHIJKL", Peers: 1},
		Nodes: []workerapi.Node{
			{ID: 9, Boot: "0a", Self: true, Host: "one", Began: time.Unix(1e9, 0), Uptime: 90061, Servers: []string{"NABCDEFGHIJKL"}, Slots: []workerapi.Slot{
				{Slot: 0, State: "serving", PID: 4711, Life: 4, Respawns: &respawns, Connections: 120, Sessions: workerapi.Sessions{Polling: 20, WebSocket: 100},
					Relayed: workerapi.Relayed{Machine: 17, Cluster: 4}, Tunnels: 2, Server: "NABCDEFGHIJKL"},
				{Slot: 1, State: "starting", PID: 4712, Life: 5, Respawns: &respawns},
			}},
			{ID: 65535, Boot: "0b", Host: "tw\x1bo", Uptime: 59.9, Servers: []string{}, Slots: []workerapi.Slot{{Slot: 0, State: "down"}}},
		},
	}
}

func TestStatusText(t *testing.T) {
	want := `ioserver 1.2.3: 2 nodes, 1 of 3 workers serves, 120 sessions
bus connected to NABCDEFG, 1 other worker heard, says slot 1 of node 9

 NODE  HOST     UP  SERVING  CONNECTIONS  POLLING  WEBSOCKET  RELAYED  ACROSS  TUNNELS  NATS
    9  one   1d 1h      1/2          120       20        100       17       4        2  NABCDEFG  answers
65535  tw?o    59s      0/1            0        0          0        0       0        0

 NODE  SLOT  STATE      PID  RESPAWNS  CONNECTIONS  POLLING  WEBSOCKET  RELAYED  ACROSS  TUNNELS  NATS
    9     0  serving   4711         3          120       20        100       17       4        2  NABCDEFG
    9     1  starting  4712         3            0        0          0        0       0        0
65535     0  down         -                      0        0          0        0       0        0
`
	if got := statusText(someStatus(), 0, false); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	coloured := statusText(someStatus(), 0, true)
	for _, c := range []string{red + "ioserver 1.2.3", green + "serving" + noColour, yellow + "starting" + noColour, red + "down" + noColour} {
		if strings.Count(coloured, c) != 1 {
			t.Errorf("no %q in %q", c, coloured)
		}
	}
	if got := uncoloured(coloured); got != want {
		t.Errorf("colours move what is written:\n%s", got)
	}
}

func uncoloured(coloured string) string {
	return strings.NewReplacer(green, "", yellow, "", red, "", noColour, "").Replace(coloured)
}

// A worker without the bus serves its own clients, but is not as it should be;
// neither is what a worker without the bus says of others.
func TestStatusWithoutTheBus(t *testing.T) {
	s := someStatus()
	s.Nodes = s.Nodes[:1]
	s.Nodes[0].Slots = s.Nodes[0].Slots[:1]
	s.Nodes[0].Slots[0].Server = ""
	s.Bus, s.Serving = workerapi.Bus{}, true
	got := statusText(s, 0, true)
	for _, want := range []string{
		"ioserver 1.2.3: 1 node, 1 of 1 workers serves, 120 sessions\n",
		red + "bus not connected, says slot 1 of node 9: others are shown as it heard them last" + noColour,
		yellow + "serving, no bus" + noColour,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if err := complaint(s); err == nil || err.Error() != "status: slot 0 of node 9 (one) is not on the bus" {
		t.Error(err)
	}
}

// The narrower the terminal, the less is shown, and what matters most stays; no
// line is longer than the terminal, and what is said in words is never cut.
func TestNarrowStatus(t *testing.T) {
	before := 0
	said := strings.Fields(statusHead(someStatus()) + " " + statusBus(someStatus()))
	for width := 1; width <= 130; width++ {
		text := statusText(someStatus(), width, true)
		if c := strings.Count(text, noColour); c != strings.Count(text, "\x1b[3") || width > 30 && strings.Count(text, green) != 1 {
			t.Errorf("width %d: %q", width, text)
		}
		text = uncoloured(text)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %q", width, line)
			}
		}
		head, tables, _ := strings.Cut(text, "\n\n")
		if width >= 12 && !slices.Equal(strings.Fields(head), said) {
			t.Errorf("width %d: %q", width, head)
		}
		nodes, slots, _ := strings.Cut(tables, "\n\n")
		titles := 0
		for _, table := range []string{nodes, slots} {
			first, _, _ := strings.Cut(table, "\n")
			titles += len(strings.Fields(first))
		}
		if titles < before && width > 60 {
			t.Errorf("width %d shows less than %d does:\n%s", width, width-1, text)
		}
		before = titles
	}
	if got := statusText(someStatus(), 80, false); strings.Contains(got, "RESPAWNS") || strings.Count(got, "TUNNELS") != 2 {
		t.Errorf("80:\n%s", got)
	}
	if got := statusText(someStatus(), 44, false); !strings.Contains(got, "STATE") || !strings.Contains(got, "WEBSOCKET") {
		t.Errorf("44:\n%s", got)
	}
}

// A long name gives way to what is counted.
func TestNarrowHost(t *testing.T) {
	s := someStatus()
	s.Nodes[0].Host = strings.Repeat("io1.example.com.", 4)
	if got := statusText(s, 0, false); !strings.Contains(got, s.Nodes[0].Host) {
		t.Errorf("\n%s", got)
	}
	for width, want := range map[int]string{120: "io1.example.com.io…", 60: "io1.example…"} {
		if got := statusText(s, width, false); !strings.Contains(got, want) || !strings.Contains(got, "WEBSOCKET") || !strings.Contains(got, "100") {
			t.Errorf("%d: no %s\n%s", width, want, got)
		}
	}
}

// Who does not serve is named, and 1 is the exit status.
func TestComplaint(t *testing.T) {
	s := someStatus()
	if err := complaint(s); err == nil || err.Error() != "status: slot 1 of node 9 (one) is starting, and 1 more is not well" {
		t.Error(err)
	}
	s.Nodes = s.Nodes[1:]
	if err := complaint(s); err == nil || err.Error() != "status: slot 0 of node 65535 (tw?o) is down" || status(err) != exitFailed {
		t.Error(err)
	}
	s.Nodes[0].Slots[0].State, s.Nodes[0].Slots[0].Server = workerapi.StateServing, "NABC"
	if err := complaint(s); err != nil {
		t.Error(err)
	}
	s.Bus.Connected = false
	if err := complaint(s); err == nil || err.Error() != "status: the worker that answers is not on the bus" {
		t.Error(err)
	}
	s.Nodes = nil
	if complaint(s) == nil {
		t.Error("no node, and no complaint")
	}
}

func TestLasting(t *testing.T) {
	for seconds, want := range map[float64]string{-1: "0s", 0.9: "0s", 61: "1m 1s", 3600: "1h 0m", 90061: "1d 1h", 1e300: "11574d 1h"} {
		if got := lasting(seconds); got != want {
			t.Errorf("%v: %s, want %s", seconds, got, want)
		}
	}
}

func TestAPIPlaces(t *testing.T) {
	for typed, want := range map[string]apiPlace{
		":3001":                   {"http://127.0.0.1:3001", "http://127.0.0.1:3001", ""},
		"0.0.0.0:3001":            {"http://127.0.0.1:3001", "http://127.0.0.1:3001", ""},
		"[::]:3001":               {"http://[::1]:3001", "http://[::1]:3001", ""},
		"host:3001":               {"http://host:3001", "http://host:3001", ""},
		"https://host/a/":         {"https://host/a", "https://host/a", ""},
		"unix:/run/ioserver/sock": {"unix:/run/ioserver/sock", "http://unix", "/run/ioserver/sock"},
	} {
		if got, err := parsePlace(typed); err != nil || got != want {
			t.Errorf("%s: %+v, %v", typed, got, err)
		}
	}
}
