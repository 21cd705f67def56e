package command

import (
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
	want := `ioserver 1.2.3, bus connected to NABCDEFG, 1 other worker heard, by slot 1 of node 9

 NODE  HOST     UP  SERVING  CONNECTIONS  POLLING  WEBSOCKET  NATS
    9  one   1d 1h      1/2          120       20        100  NABCDEFG  answers
65535  tw?o    59s      0/1            0        0          0

 NODE  SLOT  STATE      PID  LIFE  RESPAWNS  CONNECTIONS  POLLING  WEBSOCKET  RELAYED  ACROSS  TUNNELS  NATS
    9     0  serving   4711     4         3          120       20        100       17       4        2  NABCDEFG
    9     1  starting  4712     5         3            0        0          0        0       0        0
65535     0  down         -     -                      0        0          0        0       0        0
`
	if got := statusText(someStatus(), 0, false); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	coloured := statusText(someStatus(), 0, true)
	for _, c := range []string{green + "serving" + noColour, yellow + "starting" + noColour, red + "down" + noColour} {
		if strings.Count(coloured, c) != 1 {
			t.Errorf("no %q in %q", c, coloured)
		}
	}
	for _, escape := range []string{green, yellow, red, noColour} {
		coloured = strings.ReplaceAll(coloured, escape, "")
	}
	if coloured != want {
		t.Errorf("colours move what is written:\n%s", coloured)
	}
}

// The narrower the terminal, the less is shown, and what matters most stays; no
// line is longer than the terminal.
func TestNarrowStatus(t *testing.T) {
	before := 0
	for width := 1; width <= 130; width++ {
		text := statusText(someStatus(), width, false)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %q", width, line)
			}
		}
		titles := len(strings.Fields(strings.Split(text, "\n")[2])) + len(strings.Fields(strings.Split(text, "\n")[7]))
		if titles < before && width > 60 {
			t.Errorf("width %d shows less than %d does:\n%s", width, width-1, text)
		}
		before = titles
	}
	if got := statusText(someStatus(), 80, false); strings.Contains(got, "RESPAWNS") || !strings.Contains(got, "TUNNELS") {
		t.Errorf("80:\n%s", got)
	}
	if got := statusText(someStatus(), 44, false); !strings.Contains(got, "STATE") || !strings.Contains(got, "WEBSOCKET") {
		t.Errorf("44:\n%s", got)
	}
}

// Who does not serve is named, and 1 is the exit status.
func TestComplaint(t *testing.T) {
	s := someStatus()
	if err := complaint(s); err == nil || err.Error() != "status: slot 1 of node 9 (one) is starting, and 1 more do not serve" {
		t.Error(err)
	}
	s.Nodes = s.Nodes[1:]
	if err := complaint(s); err == nil || err.Error() != "status: slot 0 of node 65535 (tw?o) is down" || status(err) != exitFailed {
		t.Error(err)
	}
	s.Nodes[0].Slots[0].State = workerapi.StateServing
	if err := complaint(s); err != nil {
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
