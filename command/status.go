package command

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

// outlook is what the flags of a command set that asks the API.
type outlook struct {
	api       string
	tokenFile string
	config    string
}

const statusAPI = "http://host:port, host:port or unix:/path"

// statusCommand shows the cluster.
func statusCommand() *subcommand {
	o := new(outlook)
	t := new(table)
	o.flags(t)
	return &subcommand{
		name:  "status",
		usage: "show the nodes of the cluster and their workers",
		manual: "Asks a server's HTTP API for the nodes of its cluster, their workers, sessions, relayed requests and the bus, and prints them as tables. " +
			"The exit status is 1 where the API cannot be reached, or a worker of any node does not serve or is not on the bus; with --watch it is 0 when interrupted.",
		own: t,
		switches: []switchFlag{
			{"json", "print the API's own document"},
			{"watch", "print anew every second, until interrupted"},
		},
		run: o.run,
	}
}

// flags say where the server is that is asked.
func (o *outlook) flags(t *table) {
	const server = "The server"
	t.add("api", server, "`ADDRESS` of the HTTP API: a URL or unix:/path", text(&o.api, func(s string) bool { _, err := parsePlace(s); return err == nil }), statusAPI).
		usually("that of the server's configuration, else unix:" + usualSocket + " if there, else " + usualAPI)
	t.file("api-token-file", server, "`FILE` whose first token is sent, unless IOSERVER_API_TOKEN has one", &o.tokenFile).
		usually("that of the server's configuration")
	t.file("config", server, "`FILE` of the server's configuration, for what is not given here", &o.config)
}

// run looks once, or again and again.
func (o *outlook) run(p *program, _ string) error {
	if p.switches["json"] && p.switches["watch"] {
		return &usageError{what: "status", given: "--json --watch", accepted: "one of them"}
	}
	c, err := o.caller()
	if err != nil {
		return err
	}
	defer c.close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second one ends at once
	if p.switches["watch"] {
		return (&watch{caller: c, screen: screenOf(p.out)}).run(ctx)
	}
	document, s, err := c.ask(ctx)
	if err != nil {
		return err
	}
	if p.switches["json"] {
		_, err = p.out.Write(document)
	} else {
		screen := screenOf(p.out)
		_, err = fmt.Fprint(p.out, statusText(s, screen.size().width, screen.colours))
	}
	if err == nil {
		err = complaint(s)
	}
	return err
}

// complaint is an error where not every slot serves, and is heard.
func complaint(s *workerapi.Status) error {
	worst, unwell := "", 0
	for _, n := range s.Nodes {
		for _, slot := range n.Slots {
			trouble := "is " + oneLine(slot.State)
			switch {
			case slot.State == workerapi.StateServing && slot.Server != "":
				continue
			case slot.State == workerapi.StateServing:
				trouble = "is not on the bus"
			}
			if unwell++; unwell == 1 {
				worst = fmt.Sprintf("slot %d of node %d (%s) %s", slot.Slot, n.ID, oneLine(n.Host), trouble)
			}
		}
	}
	switch {
	case unwell == 1:
		return fmt.Errorf("status: %s", worst)
	case unwell == 2:
		return fmt.Errorf("status: %s, and 1 more is not well", worst)
	case unwell > 2:
		return fmt.Errorf("status: %s, and %d more are not well", worst, unwell-1)
	case len(s.Nodes) == 0:
		return errors.New("status: the server knows of no node")
	case !s.Bus.Connected:
		return errors.New("status: the worker that answers is not on the bus")
	}
	return nil
}
