package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/api"
)

// The document has every field, whatever its value: programs may rely on them.
func TestStatus(t *testing.T) {
	p := begin(t, api.New)
	respawns := uint64(2)
	p.machine.status = api.Status{
		Version: "1.2.3", Node: 7, Slot: 1,
		Bus: api.Bus{Connected: true, Server: "NABC", Peers: 1},
		Nodes: []api.Node{{
			ID: 7, Boot: "00000000000000ff", Self: true, Host: "one", Began: time.Unix(1e9, 0).UTC(), Uptime: 1.5, Servers: []string{"NABC"},
			Slots: []api.Slot{
				{Slot: 0, State: "down", Respawns: &respawns},
				{
					Slot: 1, State: "serving", PID: 4711, Life: 3, Connections: 5, Sessions: api.Sessions{Polling: 1, WebSocket: 4},
					Relayed: api.Relayed{Machine: 6, Cluster: 8}, Tunnels: 9, Server: "NABC",
				},
			},
		}},
	}
	c := p.dial(p.unix)
	c.send("GET /api/status HTTP/1.1\r\nHost: x\r\n\r\n")
	a := c.answer("GET")
	want := `{"version":"1.2.3","node":7,"slot":1,"serving":false,"bus":{"connected":true,"server":"NABC","peers":1},"nodes":[` +
		`{"id":7,"boot":"00000000000000ff","self":true,"host":"one","began":"2001-09-09T01:46:40Z","uptime":1.5,"servers":["NABC"],"slots":[` +
		`{"slot":0,"state":"down","pid":0,"life":0,"respawns":2,"connections":0,"sessions":{"polling":0,"websocket":0},"relayed":{"machine":0,"cluster":0},"tunnels":0,"server":""},` +
		`{"slot":1,"state":"serving","pid":4711,"life":3,"respawns":null,"connections":5,"sessions":{"polling":1,"websocket":4},"relayed":{"machine":6,"cluster":8},"tunnels":9,"server":"NABC"}]}]}`
	if strings.TrimSuffix(a.body, "\n") != want || a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v\n%s\nwant\n%s", a.StatusCode, a.Header, a.body, want)
	}
	c.send("GET /api/status?slots=1&slots=2 HTTP/1.1\r\nHost: x\r\n\r\n")
	if m := c.answer("GET").refused(t, 400, "unknown_parameter"); !strings.Contains(m, `"slots"`) {
		t.Errorf("it says %q", m)
	}
	c.alive()
}
