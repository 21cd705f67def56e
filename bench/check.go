package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ioserver/ioserver/bench/load"
)

// plan is what options come to.
type plan struct {
	Options
	server  place
	trigger place
}

// check completes the options, or says which cannot be used.
func check(ctx context.Context, o Options) (*plan, error) {
	p := &plan{Options: o}
	if len(p.Scenarios) == 0 {
		p.Scenarios = []string{Connect, Idle, Echo}
	}
	if p.URL == "" {
		return nil, &UsageError{"url", "", "it has to be given: http://host:port of the server"}
	}
	for _, c := range []func() error{p.checkScenarios, p.checkPackets} {
		if err := c(); err != nil {
			return nil, err
		}
	}
	var err error
	if p.server, err = locateServer(ctx, &o); err != nil {
		return nil, err
	}
	if p.Trigger != "" {
		if p.trigger, err = locate(ctx, "trigger", p.Trigger); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *plan) checkScenarios() error {
	for _, s := range p.Scenarios {
		if !slices.Contains(Scenarios(), s) {
			return &UsageError{"scenario", s, "accepted: " + strings.Join(Scenarios(), ", ")}
		}
		if (s == Broadcast || s == Rooms) && !p.publishes() {
			return &UsageError{"trigger", "", s + " needs to know how to have the server broadcast: --trigger URL, or --broadcast-event NAME"}
		}
		if s == Rooms && p.TriggerBody != "" && p.BroadcastEvent == "" && !strings.Contains(p.TriggerBody, "{room}") {
			return &UsageError{"trigger-body", p.TriggerBody, "rooms needs a {room} in it"}
		}
	}
	if p.Rooms > 0 && p.JoinEvent == "" {
		return &UsageError{"rooms", fmt.Sprint(p.Rooms), "needs --join-event, the event that puts a client into a room"}
	}
	if p.TriggerBody != "" && !strings.Contains(p.TriggerBody, "{payload}") {
		return &UsageError{"trigger-body", p.TriggerBody, "needs a {payload} in it"}
	}
	return nil
}

func (p *plan) checkPackets() error {
	if p.Size < load.MinSize {
		return &UsageError{"size", fmt.Sprint(p.Size), fmt.Sprintf("a payload says what it is in %d bytes", load.MinSize)}
	}
	for option, name := range map[string]string{"event": p.Event, "broadcast-event": p.BroadcastEvent, "join-event": p.JoinEvent} {
		if strings.ContainsAny(name, "\"\\") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
			return &UsageError{option, name, "a name without quotes, backslashes and controls"}
		}
	}
	if strings.ContainsAny(p.Namespace, ",?\"") || !strings.HasPrefix(p.Namespace, "/") {
		return &UsageError{"namespace", p.Namespace, "accepted: a name that begins with / and has no comma, quote or ?"}
	}
	var object map[string]any
	if p.Auth != "" && json.Unmarshal([]byte(p.Auth), &object) != nil {
		return &UsageError{"auth", p.Auth, "accepted: a JSON object"}
	}
	if err := headers("header", p.Headers); err != nil {
		return err
	}
	return headers("trigger-header", p.TriggerHeaders)
}

// publishes says whether the server can be told to broadcast.
func (p *plan) publishes() bool { return p.Trigger != "" || p.BroadcastEvent != "" }

// fleet are the options of the clients.
func (p *plan) fleet(transport string) load.Options {
	return load.Options{
		Target: p.server.address, Host: p.server.host, Path: p.Path, Namespace: p.Namespace,
		Revision: load.Revision(p.Revision), Polling: transport == LongPolling, Header: p.Headers, Auth: p.Auth,
		Sources: p.sources(p.server.address), Clients: p.Clients, Threads: p.Threads,
		Connecting: p.Connecting, ConnectRate: p.ConnectRate, Timeout: p.Timeout,
		KeepIDs: slices.Contains(p.Scenarios, Rooms) && p.Rooms == 0,
	}
}

// publish is how the server is told to broadcast.
func (p *plan) publish(rooms bool) *load.PublishPlan {
	o := &load.PublishPlan{
		Event: p.BroadcastEvent, Address: p.trigger.address, Host: p.trigger.host, Path: p.trigger.path,
		Header: p.triggerHeader(), Body: p.TriggerBody, EventInBody: "bench", Connections: triggerConnections,
		Rate: p.Rate, InFlight: p.InFlight,
	}
	if rooms {
		o.Rooms, o.Join, o.OwnRooms = p.Rooms, p.JoinEvent, p.Rooms == 0
	}
	if o.Body == "" {
		o.Body = p.body(rooms)
	}
	return o
}

// triggerConnections is how many POSTs are under way at most: on each the order
// of messages is kept and checked.
const triggerConnections = 8

// body is what POST /api/emit takes.
func (p *plan) body(rooms bool) string {
	b := `{"event":"{event}","args":["{payload}"]`
	if p.Namespace != "/" {
		b += `,"namespace":"` + p.Namespace + `"`
	}
	if rooms {
		b += `,"rooms":["{room}"]`
	}
	return b + "}"
}

func (p *plan) triggerHeader() []string {
	for _, l := range p.TriggerHeaders {
		if name, _, _ := strings.Cut(l, ":"); strings.EqualFold(name, "Content-Type") {
			return p.TriggerHeaders
		}
	}
	return append([]string{"Content-Type: application/json"}, p.TriggerHeaders...)
}
