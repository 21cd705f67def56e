package command

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
)

// emission is what the flags of emit set.
type emission struct {
	order
	ack time.Duration
}

func emitCommand() *subcommand {
	o := &emission{order: order{name: "emit"}}
	t := new(table)
	t.add("ack", orderWhat, "`TIME` to wait for the clients' acknowledgements, which are printed", upTo(&o.ack, time.Minute), "a duration such as 5s, up to 1m").usually("none are asked for")
	o.flags(t, true)
	return &subcommand{
		name:  o.name,
		usage: "send an event to clients",
		manual: "Sends an event to clients, on whatever worker and machine they are, through a server's HTTP API: to everybody in the namespace, unless told otherwise. " +
			"Each argument is JSON, or where it is none, a text as it stands. With --ack each client's acknowledgement is printed as a line, its id first, and the exit status is 1 where one is missing.",
		free: "EVENT [ARGUMENT ...]", least: 1,
		own: t,
		switches: []switchFlag{
			{"volatile", "lost on clients that cannot be written to at once"},
			{"no-compress", "it is not worth compressing"},
			{"json", "print the API's own answer"},
		},
		run: o.run,
	}
}

// upTo is a duration with a bound.
func upTo(target *time.Duration, most time.Duration) value {
	any := duration(target).(*parsed[time.Duration])
	return &parsed[time.Duration]{target, func(s string) (time.Duration, error) {
		d, err := any.parse(s)
		if err == nil {
			err = usable(d <= most && d >= time.Millisecond)
		}
		return d, err
	}, func(time.Duration) string { return "" }}
}

func (o *emission) run(p *program, _ string) error {
	if o.socket != "" && (len(o.rooms) > 0 || len(o.except) > 0) {
		return o.aimed(p)
	}
	fields := o.fields()
	fields["event"] = p.free[0]
	args := make([]any, len(p.free)-1)
	for i, a := range p.free[1:] {
		args[i] = argumentOf(a)
	}
	fields["args"] = args
	if p.switches["volatile"] {
		fields["volatile"] = true
	}
	if p.switches["no-compress"] {
		fields["compress"] = false
	}
	if o.ack > 0 {
		fields["ack"] = map[string]any{"timeoutMs": o.ack.Milliseconds()}
	}
	answer, err := o.do(fields, o.ack)
	if err != nil {
		return err
	}
	return o.tell(p, answer)
}

// argumentOf is JSON as it stands, or else a text.
func argumentOf(s string) any {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

// tell prints acknowledgements.
func (o *emission) tell(p *program, answer []byte) error {
	if p.switches["json"] {
		if _, err := p.out.Write(answer); err != nil {
			return err
		}
	}
	if o.ack == 0 {
		return nil
	}
	var acked contract.Acked
	if err := json.Unmarshal(answer, &acked); err != nil {
		return fmt.Errorf("%s: the answer is none of ioserver's: %w", o.name, err)
	}
	for _, a := range acked.Answers {
		if p.switches["json"] {
			break
		}
		if _, err := fmt.Fprintln(p.out, oneLine(a.ID), printable(a.Args)); err != nil {
			return err
		}
	}
	switch n := len(acked.Missing); {
	case n > 0:
		return fmt.Errorf("%s: %s not acknowledged, %s first", o.name, counted(n, "client"), oneLine(acked.Missing[0]))
	case acked.OK:
		return nil
	}
	return o.partly(acked.Workers)
}
