package worker

import (
	"reflect"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/metrics"
)

// Every slot of every node that anybody is heard of is there: our own as the
// scoreboard says, others as the roster does.
func TestNodes(t *testing.T) {
	began := time.Unix(1e9, 0).UTC()
	one := roster.Node{ID: 9, Boot: 0xa, Began: began, Slots: 3, Name: "one"}
	two := roster.Node{ID: 3, Boot: 0xb, Began: began, Slots: 2, Name: "two"}
	twin := roster.Node{ID: 3, Boot: 0xc, Began: began.Add(time.Hour), Slots: 1, Name: "one"} // has two's id
	members := []roster.Present{
		{Member: roster.Member{Node: two, Slot: 1, Life: 8, PID: 80}, Server: "N2", Counts: roster.Counts{Connections: 1, Polling: 2, WebSocket: 3, Relayed: 4, Across: 5, Tunnelled: 6}},
		{Member: roster.Member{Node: one, Slot: 0, Life: 5, PID: 50}, Server: "N1", Counts: roster.Counts{Connections: 99}},
		{Member: roster.Member{Node: one, Slot: 1, Life: 4, PID: 40}, Server: "N1"}, // it has died since
		{Member: roster.Member{Node: twin, Slot: 0, Life: 1, PID: 10}},
	}
	own := []metrics.WorkerState{
		{State: scoreboard.Serving, PID: 50, Life: 5, Connections: 7, Polling: 1, WebSocket: 2, Relayed: 3, Across: 4, Tunnelled: 5, Joined: true},
		{State: scoreboard.Starting, PID: 60, Life: 6, Respawns: 1},
		{State: scoreboard.Down, Life: 3},
	}
	number := func(n uint64) *uint64 { return &n }
	want := []api.Node{
		{
			ID: 3, Boot: "000000000000000c", Host: "one", Began: began.Add(time.Hour), Uptime: 0, Servers: []string{},
			Slots: []api.Slot{{Slot: 0, State: "serving", PID: 10, Life: 1}},
		},
		{
			ID: 9, Boot: "000000000000000a", Self: true, Host: "one", Began: began, Uptime: 60, Servers: []string{"N1"},
			Slots: []api.Slot{
				{
					Slot: 0, State: "serving", PID: 50, Life: 5, Respawns: number(0), Connections: 7, Sessions: api.Sessions{Polling: 1, WebSocket: 2},
					Relayed: api.Relayed{Machine: 3, Cluster: 4}, Tunnels: 5, Server: "N1",
				},
				{Slot: 1, State: "starting", PID: 60, Life: 6, Respawns: number(1)},
				{Slot: 2, State: "down", Life: 3, Respawns: number(0)},
			},
		},
		{
			ID: 3, Boot: "000000000000000b", Host: "two", Began: began, Uptime: 60, Servers: []string{"N2"},
			Slots: []api.Slot{
				{Slot: 0, State: "down"},
				{
					Slot: 1, State: "serving", PID: 80, Life: 8, Connections: 1, Sessions: api.Sessions{Polling: 2, WebSocket: 3},
					Relayed: api.Relayed{Machine: 4, Cluster: 5}, Tunnels: 6, Server: "N2",
				},
			},
		},
	}
	got := nodes(0xa, own, members, began.Add(time.Minute))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

// Frames may contradict each other: whoever made them up does no harm.
func TestNodesThatContradictThemselves(t *testing.T) {
	small := roster.Node{ID: 1, Boot: 1, Slots: 1}
	large := small
	large.Slots = 256
	members := []roster.Present{{Member: roster.Member{Node: small, Life: 1}}, {Member: roster.Member{Node: large, Slot: 255, Life: 1}}}
	if got := nodes(2, nil, members, time.Now()); len(got) != 1 || len(got[0].Slots) != 256 || got[0].Slots[254].State != "down" || got[0].Slots[255].State != "serving" {
		t.Errorf("%+v", got)
	}
	if got := nodes(1, make([]metrics.WorkerState, 2), members, time.Now()); len(got[0].Slots) != 2 {
		t.Errorf("%+v", got)
	}
}
