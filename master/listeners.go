package master

// prepareListeners opens all listeners: first those of clients, then those of the HTTP API.
func (r *run) prepareListeners() error {
	add := func(l *listener, err error) error {
		if err != nil {
			return err
		}
		l.index = uint16(len(r.listeners))
		r.listeners, r.addresses = append(r.listeners, l), append(r.addresses, l.address)
		return nil
	}
	inherit := func(api bool) error {
		for _, i := range r.options.Inherited {
			if i.API != api {
				continue
			}
			if err := add(inherited(i)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, address := range r.options.Listen {
		if err := add(listen(address)); err != nil {
			return err
		}
	}
	if err := inherit(false); err != nil {
		return err
	}
	r.door.api = len(r.listeners)
	for _, address := range r.options.API {
		if err := add(listenAPI(address)); err != nil {
			return err
		}
	}
	if err := inherit(true); err != nil {
		return err
	}
	for _, l := range r.listeners[r.door.api:] {
		if l.public() {
			r.log.Warn("every user of this machine may use the HTTP API", "listener", l.name)
		}
	}
	return nil
}

// accept starts to accept from l.
func (r *run) accept(l *listener) {
	a := &acceptor{listener: l, out: r.accepted, row: r.board.Master(), say: func(message string, err error) {
		if err != nil {
			r.log.Error(message, "listener", l.name, "error", err.Error())
			return
		}
		r.log.Info(message, "listener", l.name)
	}}
	r.doors.Add(1)
	r.watchers.Go(func() {
		err := a.serve(r.open)
		r.doors.Done()
		if err != nil {
			r.post(func() { r.fail(&ExitError{Code: 1, Message: "cannot accept on " + l.name + ": " + err.Error()}) })
		}
	})
}
