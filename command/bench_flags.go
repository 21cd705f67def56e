package command

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ioserver/ioserver/bench"
)

// The groups of bench's flags.
const (
	benchServer   = "The server"
	benchClients  = "Clients"
	benchMessages = "Messages"
	benchReport   = "Report"
)

// table is the flags of bench.
func (b *benchmark) table() *table {
	t := new(table)
	o := b.Options
	t.add("url", benchServer, "`URL` of the server: http://host:port", text(&o.URL, named), "http://host:port")
	t.add("path", benchServer, "`PATH` that clients connect to", path(&o.Path), "a path that begins with / and has no ? or #")
	t.add("namespace", benchServer, "`NAME` of the namespace that clients join", text(&o.Namespace, named), "a name that begins with /")
	t.add("revision", benchServer, "`REVISION` of Engine.IO", integer(&o.Revision, 3, 4), "3 or 4").of("3", "4")
	t.word("transport", benchServer, "`TRANSPORT` of all scenarios but polling", &o.Transport, bench.WebSocket, bench.LongPolling)
	t.lines("header", benchServer, "`LINE` of clients' requests, as in \"Cookie: a=b\", repeatable", &o.Headers)
	t.add("auth", benchServer, "JSON `OBJECT` that clients give to join", text(&o.Auth, named), "a JSON object")
	t.add("pid", benchServer, "`PID` of the server's first process, to measure it and all below", integer(&o.PID, 1, 1<<22), "the id of a process").usually("not measured")

	t.add("clients", benchClients, "`NUMBER` of clients", integer(&o.Clients, 1, 1e6), "1 to 1000000")
	t.add("threads", benchClients, "`NUMBER` of threads, each with a part of the clients", integer(&o.Threads, 1, 64), "1 to 64")
	t.add("source", benchClients, "`ADDRESSES` that clients come from, as in 127.0.0.0/24, with commas between", sources(&o.Sources), "addresses and ranges such as 127.0.0.0/24").usually("127.0.0.0/24 on loopback")
	t.add("connecting", benchClients, "`NUMBER` of clients that connect at the same time", integer(&o.Connecting, 1, 1e6), "1 to 1000000")
	t.add("connect-rate", benchClients, "`NUMBER` of clients that begin each second", rate(&o.ConnectRate), "a number over 0").usually("as fast as --connecting lets them")
	t.add("timeout", benchClients, "`TIME` for clients to be ready, and for the last answers", duration(&o.Timeout), "a duration such as 10s")

	t.add("rate", benchMessages, "`NUMBER` of messages each second, sent whether answers come or not", rate(&o.Rate), "a number over 0").usually("each waits for an answer")
	t.add("in-flight", benchMessages, "`NUMBER` of messages that wait for an answer, without --rate", integer(&o.InFlight, 1, 1e6), "1 to 1000000").usually("echo 64, broadcast 1, rooms 16")
	t.add("messages", benchMessages, "`NUMBER` of messages after which a scenario ends", whole(&o.Messages), "1 to 1e12").usually("what fits the duration")
	t.add("duration", benchMessages, "`TIME` of a scenario", duration(&o.Duration), "a duration such as 10s")
	t.add("warmup", benchMessages, "`TIME` before that in which nothing is measured", pause(&o.Warmup), "a duration such as 1s, or 0")
	t.add("size", benchMessages, "`BYTES` of a payload", integer(&o.Size, bench.MinSize, 1e6), strconv.Itoa(bench.MinSize)+" to 1000000")
	t.add("event", benchMessages, "`EVENT` that the server acknowledges with its argument", text(&o.Event, named), "a name")
	t.add("broadcast-event", benchMessages, "`EVENT` whose argument the server broadcasts", text(&o.BroadcastEvent, named), "a name")
	t.add("trigger", benchMessages, "`URL` that has the server broadcast, by a POST such as /api/emit takes", text(&o.Trigger, named), "http://host:port/path")
	t.lines("trigger-header", benchMessages, "`LINE` of that request, as in \"Authorization: Bearer x\", repeatable", &o.TriggerHeaders)
	t.add("trigger-body", benchMessages, "`BODY` of it, with {payload}, {event} and {room} to be filled in", text(&o.TriggerBody, named), "a text with {payload}").usually("that of /api/emit")
	t.add("rooms", benchMessages, "`NUMBER` of rooms that clients are put into", integer(&o.Rooms, 1, 1e6), "1 to 1000000").usually("each client's own")
	t.add("join-event", benchMessages, "`EVENT` that puts a client into the room it names", text(&o.JoinEvent, named), "a name")

	t.file("json", benchReport, "`FILE` for the report with everything in it", &b.json)
	t.file("csv", benchReport, "`FILE` for a row of each scenario", &b.csv)
	t.file("html", benchReport, "`FILE` for a page with plots", &b.html)
	return t
}

// lines adds a setting of header lines, which have commas in them.
func (t *table) lines(name, group, usage string, target *[]string) *setting {
	check := func(s string) error { return usable(strings.Contains(s, ":") && !strings.ContainsAny(s, "\r\n\x00")) }
	return t.add(name, group, usage, &listValue{target: target, check: check, whole: true}, `"Name: value"`)
}

func sources(target *[]netip.Prefix) value {
	return &parsed[[]netip.Prefix]{target, bench.ParseSources, func([]netip.Prefix) string { return "" }}
}

func rate(target *float64) value {
	return &parsed[float64]{target, func(s string) (float64, error) {
		f, err := strconv.ParseFloat(s, 64)
		return f, errors.Join(err, usable(f > 0 && f <= 1e9))
	}, func(float64) string { return "" }}
}

func whole(target *int64) value {
	return &parsed[int64]{target, func(s string) (int64, error) {
		f, err := strconv.ParseFloat(s, 64) // also 1e6
		return int64(f), errors.Join(err, usable(f >= 1 && f <= 1e12 && f == float64(int64(f))))
	}, func(int64) string { return "" }}
}

// pause is a duration that may be none.
func pause(target *time.Duration) value {
	some := duration(target).(*parsed[time.Duration])
	return &parsed[time.Duration]{target, func(s string) (time.Duration, error) {
		if s == "0" || s == "0s" {
			return 0, nil
		}
		return some.parse(s)
	}, time.Duration.String}
}
