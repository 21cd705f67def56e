package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	workertail "github.com/ioserver/ioserver/worker/tail"
)

// tailing is what the flags of tail set.
type tailing struct {
	order
	events []string
	kinds  []string
}

// tailLine bounds a line that is read.
const tailLine = 1 << 20

func tailCommand() *subcommand {
	o := &tailing{order: order{name: "tail"}}
	t := new(table)
	t.nameList("event", orderList, "`EVENT` that is shown, repeatable; nothing else then, unless --kind has it", &o.events)
	t.list("kind", orderList, "`KIND` of what is shown, repeatable", &o.kinds, func(s string) error { return word(new(string), workertail.Kinds()...).set(s) }, strings.Join(workertail.Kinds(), ", ")).
		of(workertail.Kinds()...).usually("all but sent")
	t.add("namespace", orderWhom, "`NAME` of the namespace", text(&o.namespace, func(s string) bool { return strings.HasPrefix(s, "/") }), "a name that begins with /").usually("all")
	t.nameList("room", orderWhom, "`ROOM` whose members are shown, repeatable; the id of a socket is one", &o.rooms)
	o.outlook.flags(t)
	return &subcommand{
		name:  o.name,
		usage: "show what clients do, while they do it",
		manual: "Shows who connects, is refused, sends an event and disconnects, on all workers and machines, until it is interrupted, through a server's HTTP API; with --kind sent also what is sent to clients, a line for each worker that has some. " +
			"Each line has the time, node and slot, the kind, the namespace, and the socket's id. Arguments of more than 4 KiB are not shown. The exit status is 0 when interrupted, and 1 where the server ends it.",
		own: t,
		switches: []switchFlag{
			{"json", "print the API's own lines"},
			{"no-args", "do not show the arguments of events"},
		},
		run: o.run,
	}
}

func (o *tailing) run(p *program, _ string) error {
	c, err := o.caller()
	if err != nil {
		return err
	}
	defer c.close()
	c.client.Timeout = 0 // it goes on
	ctx, stop := interruptible()
	defer stop()
	answer, err := c.open(ctx, http.MethodGet, "/api/tail?"+o.query(p).Encode(), nil)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return o.wrapped(c, err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, tailLine)
	for lines.Scan() {
		if err := o.show(p, lines.Bytes()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return o.wrapped(c, errors.Join(errors.New("the server has ended it"), lines.Err()))
}

func (o *tailing) query(p *program) url.Values {
	q := make(url.Values)
	if o.namespace != "" {
		q.Set("namespace", o.namespace)
	}
	for name, list := range map[string][]string{"rooms": o.rooms, "events": o.events, "kinds": o.kinds} {
		if len(list) > 0 {
			q[name] = list
		}
	}
	if p.switches["no-args"] {
		q.Set("args", "false")
	}
	return q
}

// show prints a line. The last one is an error.
func (o *tailing) show(p *program, line []byte) error {
	var r workertail.Record
	if err := json.Unmarshal(line, &r); err != nil {
		return fmt.Errorf("%s: what answers is no ioserver that knows of /api/tail", o.name)
	}
	var err error
	if p.switches["json"] {
		_, err = p.out.Write(append(line[:len(line):len(line)], '\n'))
	} else if text := recordText(&r); text != "" {
		_, err = fmt.Fprintln(p.out, text)
	}
	if err == nil && r.Error != nil {
		err = fmt.Errorf("%s: the server has ended it: %s", o.name, oneLine(r.Error.Message))
	}
	return err
}

// recordText is a record for people; "": it is none for them.
func recordText(r *workertail.Record) string {
	at, err := time.Parse(time.RFC3339, r.Time)
	clock := r.Time
	if err == nil {
		clock = at.Local().Format("15:04:05.000")
	}
	line := fmt.Sprintf("%s %d/%d %-10s", oneLine(clock), r.Node, r.Slot, oneLine(r.Kind))
	switch r.Kind {
	case workertail.Alive, workertail.End:
		return ""
	case workertail.Watching:
		return strings.TrimRight(line, " ")
	case workertail.Lost:
		return fmt.Sprintf("%s %s not shown: there was too much", line, counted(int(r.Count), "record"))
	}
	for _, part := range []string{r.Namespace, r.ID, r.Address, r.Event} {
		if part != "" {
			line += " " + oneLine(part)
		}
	}
	switch {
	case r.Args != nil:
		line += " " + printable(r.Args)
	case r.Bytes > 0:
		line += fmt.Sprintf(" (%d bytes)", r.Bytes)
	}
	if r.Ack {
		line += " ack"
	}
	if r.Kind == workertail.Sent && r.ID == "" {
		line += fmt.Sprintf(" to %s", counted(int(r.Count), "socket"))
		if len(r.Rooms) > 0 {
			line += " in " + oneLine(strings.Join(r.Rooms, ", "))
		}
	}
	if r.Reason != "" {
		line += ": " + oneLine(r.Reason)
	}
	if r.Message != "" {
		line += ": " + oneLine(r.Message)
	}
	return line
}
