package command

// change is a command that joins, leaves or ends sockets.
type change struct {
	order
	field string // that the arguments are; "": none
}

func joinCommand() *subcommand {
	o := &change{order{name: "join"}, "join"}
	return o.command("put sockets into rooms", "Puts sockets into rooms, on whatever worker and machine they are, through a server's HTTP API.")
}

func leaveCommand() *subcommand {
	o := &change{order{name: "leave"}, "leave"}
	return o.command("take sockets out of rooms", "Takes sockets out of rooms, on whatever worker and machine they are, through a server's HTTP API.")
}

func disconnectCommand() *subcommand {
	o := &change{order{name: "disconnect"}, ""}
	s := o.command("end sockets", "Ends sockets, on whatever worker and machine they are, through a server's HTTP API. Their clients do not come back by themselves.")
	s.switches = append(s.switches, switchFlag{"close", "end the clients' connections too, and so their sockets in other namespaces"})
	return s
}

func (o *change) command(usage, manual string) *subcommand {
	t := new(table)
	o.flags(t, true)
	s := &subcommand{name: o.name, usage: usage, manual: manual, own: t, switches: []switchFlag{allSwitch}, run: o.run}
	if o.field != "" {
		s.free, s.least = "ROOM ...", 1
	}
	return s
}

func (o *change) run(p *program, _ string) error {
	if err := o.aimed(p); err != nil {
		return err
	}
	fields := o.fields()
	if o.field != "" {
		fields[o.field] = p.free
	}
	if p.switches["close"] {
		fields["close"] = true
	}
	_, err := o.do(fields, 0)
	return err
}
