package command

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/ioserver/ioserver/worker/contract"
)

// listing is what the flags of sockets and rooms set.
type listing struct {
	order
	data  string
	user  string
	limit int
	page  func(*listing, *program, []byte) (page, error) // prints it
	title string
}

// page is what is told of one beside what it lists.
type page struct {
	count   int
	next    string
	workers []contract.Worker
}

const (
	// listDefault is how many are listed, and listPage how many are asked for at
	// a time.
	listDefault, listPage = 10_000, 1000
)

func socketsCommand() *subcommand {
	o := &listing{order: order{name: "sockets"}, page: (*listing).sockets, title: "SOCKET\tWORKER\tDATA\tROOMS"}
	s := o.command("list the sockets of a namespace", "Lists the sockets of a namespace, of all workers and machines, ordered by id, with their data and the rooms that they are in, through a server's HTTP API.")
	s.switches = append(s.switches, switchFlag{"handshake", "with --json: how the client came, too"})
	return s
}

func roomsCommand() *subcommand {
	o := &listing{order: order{name: "rooms"}, page: (*listing).members, title: "ROOM\tSOCKETS"}
	return o.command("list the rooms of a namespace", "Lists the rooms of a namespace, of all workers and machines, ordered by name, with how many sockets are in each, through a server's HTTP API.")
}

func (o *listing) command(usage, manual string) *subcommand {
	t := new(table)
	o.limit = listDefault
	t.add("data", orderList, "JSON `OBJECT` whose members the sockets' data has to have", text(&o.data, isObject), "a JSON object")
	t.add("user", orderList, "`NAME` of the user by whose token they are there: short for --data", text(&o.user, named), "a name")
	t.add("limit", orderList, "`NUMBER` that is listed at the most", integer(&o.limit, 1, 10_000_000), "1 to 10000000")
	o.flags(t, false)
	return &subcommand{
		name: o.name, usage: usage, own: t,
		manual:   manual + " The exit status is 1 where a worker has not answered; what the others say is printed all the same.",
		switches: []switchFlag{{"json", "print a line of JSON for each"}},
		run:      o.run,
	}
}

func isObject(s string) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &members) == nil && members != nil
}

// run asks page after page.
func (o *listing) run(p *program, _ string) error {
	if o.data != "" && o.user != "" {
		return &usageError{what: o.name, given: "--user", problem: "does not go with --data, which can say the same"}
	}
	if p.switches["handshake"] && !p.switches["json"] {
		return &usageError{what: o.name, given: "--handshake", problem: "goes with --json"}
	}
	c, err := o.caller()
	if err != nil {
		return err
	}
	defer c.close()
	c.client.Timeout *= 2 // the server gives its workers as long as one of these
	ctx, stop := interruptible()
	defer stop()
	return o.list(ctx, p, c)
}

func (o *listing) list(ctx context.Context, p *program, c *caller) (err error) {
	var missing []contract.Worker
	query := o.query(p)
	out := p.out
	if !p.switches["json"] {
		columns := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		if _, err := fmt.Fprintln(columns, o.title); err != nil {
			return err
		}
		defer func() { err = errors.Join(columns.Flush(), err) }()
		p.out = columns
		defer func() { p.out = out }()
	}
	for left := o.limit; ; {
		query.Set("limit", strconv.Itoa(min(left, listPage)))
		body, err := c.call(ctx, http.MethodGet, "/api/"+o.name+"?"+query.Encode(), nil, answerBytesMost)
		if err != nil {
			return o.wrapped(c, err)
		}
		got, err := o.page(o, p, body)
		if err != nil {
			return err
		}
		left -= got.count
		missing = append(missing, got.workers...)
		if got.next == "" || len(missing) > 0 {
			return o.partly(missing)
		}
		if left <= 0 {
			return fmt.Errorf("%s: there are more than %d: raise --limit", o.name, o.limit)
		}
		query.Set("after", got.next)
	}
}

func (o *listing) query(p *program) url.Values {
	q := make(url.Values)
	for name, v := range o.fields() {
		switch v := v.(type) {
		case string:
			q.Set(name, v)
		case []string:
			q[name] = v
		}
	}
	switch {
	case o.data != "":
		q.Set("data", o.data)
	case o.user != "":
		b, _ := json.Marshal(map[string]string{"user": o.user}) // strings have a JSON
		q.Set("data", string(b))
	}
	if p.switches["handshake"] {
		q.Set("handshake", "true")
	}
	return q
}

func (o *listing) sockets(p *program, body []byte) (page, error) {
	var got contract.SocketsPage
	if err := json.Unmarshal(body, &got); err != nil || got.Sockets == nil {
		return page{}, errors.New(o.name + ": what answers is no ioserver that knows of /api/sockets")
	}
	for i := range got.Sockets {
		s := &got.Sockets[i]
		var err error
		if p.switches["json"] {
			err = printJSON(p.out, s)
		} else {
			var rooms []string
			for _, r := range s.Rooms {
				if r != s.ID {
					rooms = append(rooms, oneLine(r))
				}
			}
			_, err = fmt.Fprintf(p.out, "%s\t%s\t%s\t%s\n", oneLine(s.ID), workerOf(s.Home), shorter(printable(s.Data), dataRunes), strings.Join(rooms, " "))
		}
		if err != nil {
			return page{}, err
		}
	}
	return page{len(got.Sockets), got.Next, got.Workers}, nil
}

// workerOf is a socket's home for people: the number of its node, and the slot.
func workerOf(home string) string {
	b, err := base64.RawURLEncoding.DecodeString(home)
	if err != nil || len(b) != 3 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", int(b[0])<<8|int(b[1]), b[2])
}

func (o *listing) members(p *program, body []byte) (page, error) {
	var got contract.RoomsPage
	if err := json.Unmarshal(body, &got); err != nil || got.Rooms == nil {
		return page{}, errors.New(o.name + ": what answers is no ioserver that knows of /api/rooms")
	}
	for _, r := range got.Rooms {
		var err error
		if p.switches["json"] {
			err = printJSON(p.out, r)
		} else {
			_, err = fmt.Fprintf(p.out, "%s\t%d\n", oneLine(r.Room), r.Sockets)
		}
		if err != nil {
			return page{}, err
		}
	}
	return page{len(got.Rooms), got.Next, got.Workers}, nil
}

// dataRunes is how much of a socket's data a table shows.
const dataRunes = 60

// printable is JSON for a line of a terminal.
func printable(raw json.RawMessage) string {
	if raw == nil {
		return "-"
	}
	return oneLine(string(raw))
}

func printJSON(out io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = out.Write(append(b, '\n'))
	}
	return err
}
