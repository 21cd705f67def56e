package master

import (
	"errors"
	"fmt"

	"github.com/ioserver/ioserver/protocol/proxy"
)

// preparePeek makes the peeking stage, where the options ask for it. It is the last thing that is prepared: its own goroutine closes it.
func (r *run) preparePeek() error {
	o := r.options
	trusted, err := proxy.ParseNetworks(o.TrustedProxies)
	if err != nil {
		return fmt.Errorf("master: %w", err)
	}
	r.door.trusted = trusted
	field := ""
	if o.Balance == Header {
		if field = o.BalanceHeader; field == "" {
			field = proxy.ForwardedFor
		}
	}
	if !o.ProxyProtocol && field == "" {
		return nil
	}
	if trusted.None() {
		return errors.New("master: no trusted proxy whose headers could be believed")
	}
	out := make(chan []looked)
	if r.door.peek, err = newPeeker(o.ProxyProtocol, field, r.peeks, out, r.board.Master()); err != nil {
		return fmt.Errorf("master: look at connections: %w", err)
	}
	r.looked = out
	return nil
}

// peek begins to look.
func (r *run) peek() {
	if p := r.door.peek; p != nil {
		r.watchers.Go(func() { p.serve(r.open) })
	}
}

// trust takes up other trusted proxies, for connections from now on.
func (r *run) trust(list []string) {
	trusted, err := proxy.ParseNetworks(list)
	if err != nil {
		r.log.Error("trusted proxies stay as they were", "error", err.Error())
		return
	}
	r.door.trusted = trusted
}
