package api

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// metrics are series by name and labels, as they are written.
type metrics map[string]float64

func (p *place) metrics() metrics {
	p.t.Helper()
	status, body := p.get("/metrics")
	if status != 200 {
		p.t.Fatalf("%d %s", status, body)
	}
	all := make(metrics)
	for line := range strings.SplitSeq(strings.TrimSpace(body), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(line[i+1:], 64)
		if err != nil {
			p.t.Fatalf("%s: %v", line, err)
		}
		all[line[:i]] = v
	}
	return all
}

// sum adds up the series of a name.
func (m metrics) sum(name string) (sum float64) {
	for series, v := range m {
		if series == name || strings.HasPrefix(series, name+"{") {
			sum += v
		}
	}
	return sum
}

// become waits until the metrics are these.
func (p *place) become(want map[string]float64) {
	p.t.Helper()
	await.Eventually(p.t, patience, "metrics", func() (bool, string) {
		m := p.metrics()
		var wrong []string
		for name, v := range want {
			if got := m.sum(name); got != v {
				wrong = append(wrong, fmt.Sprintf("%s is %v, not %v", name, got, v))
			}
		}
		return len(wrong) == 0, strings.Join(wrong, "; ")
	})
}

// The metrics are what the clients did, in all and by slot.
func TestMetricsAreWhatClientsDid(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--balance=round-robin", "--ping-interval=1h")
	const clients, events = 24, 50
	members := p.gather(clients, crowd.Kind{Revision: 4, Transport: crowd.WebSocket}, crowd.Kind{Revision: 3, Transport: crowd.WebSocket})
	everywhere(t, members)
	c := dial(t, "tcp", p.tcp)
	for i := 1; i <= events; i++ {
		c.emits(number("api", i, ""))
	}
	c.write("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
	c.answer()
	late := within(t, patience).Done()
	for _, m := range members {
		if !m.Await(late, "api", events) {
			t.Errorf("slot %d misses %v", m.Slot, m.Missing("api", events))
		}
	}
	want := map[string]float64{
		`ioserver_sessions{revision="4",transport="websocket"}`: clients / 2,
		`ioserver_sessions{revision="3",transport="websocket"}`: clients / 2,
		"ioserver_sessions":                clients,
		"ioserver_slot_sessions":           clients,
		"ioserver_connections":             clients,
		"ioserver_sockets":                 clients,
		"ioserver_sessions_opened_total":   clients,
		"ioserver_sockets_connected_total": clients,
		"ioserver_events_total":            clients, // whoami
		"ioserver_acks_sent_total":         clients,
		"ioserver_emits_total":             events,
		"ioserver_deliveries_total":        events * clients,
		"ioserver_slot_deliveries_total":   events * clients,
		// of each: whoami; of revision 4: CONNECT
		`ioserver_packets_received_total{transport="websocket"}`: clients + clients/2,
		// to each: open, CONNECT, whoami's acknowledgement, and what was emitted
		`ioserver_packets_sent_total{transport="websocket"}`: clients * (3 + events),
		`ioserver_api_requests_total{code="404"}`:            1,
		"ioserver_serving":           workers,
		"ioserver_bus_joined":        workers,
		"ioserver_slots":             workers,
		"ioserver_disconnects_total": 0,
	}
	p.become(want)
	m := p.metrics()
	for _, name := range []string{"ioserver_memory_bytes", "ioserver_cpu_seconds_total", "ioserver_descriptors", "ioserver_received_bytes_total",
		"ioserver_sent_bytes_total", "ioserver_loop_turn_seconds_count", "ioserver_loop_turn_seconds_sum", "ioserver_bus_published_total",
		`ioserver_process_memory_bytes{role="master"}`, `ioserver_process_memory_bytes{role="broker"}`, `ioserver_process_cpu_seconds_total{role="broker"}`,
		"ioserver_master_connections_accepted_total", "ioserver_build_info"} {
		if m.sum(name) <= 0 {
			t.Errorf("%s is %v", name, m.sum(name))
		}
	}
	if got := m.sum(`ioserver_api_requests_total{code="200"}`); got < events {
		t.Errorf("%v requests", got)
	}
	for _, member := range members[:clients/2] {
		member.Close()
	}
	p.become(map[string]float64{"ioserver_sessions": clients / 2, "ioserver_sockets": clients / 2, "ioserver_disconnects_total": clients / 2,
		"ioserver_socket_disconnects_total": clients / 2, "ioserver_slot_disconnects_total": clients / 2})
}

var counter = regexp.MustCompile(`^\w+_(total|count|sum|bucket)(\{|$)`)

// No counter goes backwards when workers are killed, one after another, under
// traffic; and gauges are of those that live.
func TestCountersSurviveTheirWorkers(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--balance=round-robin", "--ping-interval=1h")
	members := p.gather(24, crowd.Kind{Revision: 4, Transport: crowd.WebSocket})
	c := dial(t, "tcp", p.tcp)
	for i := 1; i <= 100; i++ {
		c.emits(number("api", i, ""))
	}
	p.become(map[string]float64{"ioserver_deliveries_total": 2400, "ioserver_sessions": 24})
	before := p.metrics()
	left := 24
	for _, slot := range []int{2, 5} {
		if _, err := p.KillWorker(slot, patience); err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if m.Slot == slot {
				m.Close()
				left--
			}
		}
		for range 20 { // on whichever worker
			after := p.metrics()
			for series, v := range before {
				if counter.MatchString(series) && after[series] < v {
					t.Errorf("%s went from %v to %v", series, v, after[series])
				}
			}
			before = after
		}
	}
	p.become(map[string]float64{
		"ioserver_sessions_opened_total": 24, "ioserver_deliveries_total": 2400, "ioserver_respawns_total": 2,
		`ioserver_slot_respawns_total{slot="5"}`: 1, `ioserver_slot_sessions_opened_total{slot="2"}`: before[`ioserver_slot_sessions_opened_total{slot="2"}`],
		"ioserver_sessions": float64(left), "ioserver_serving": workers,
	})
}
