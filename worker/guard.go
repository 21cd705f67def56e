package worker

import (
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tokens"
)

// newGuard makes the guard of all namespaces, where clients need tokens.
func (w *worker) newGuard() error {
	if !w.config.Tokens.Wanted() {
		return nil
	}
	v, err := w.config.Tokens.Verifier()
	if err != nil {
		return err
	}
	w.guard = tokens.NewGuard(v, w.logger)
	return nil
}

// every is what each namespace begins with.
func (w *worker) every() func(socketio.Registrar) {
	if w.guard == nil {
		return nil
	}
	return w.guard.Protect
}

// renewKeys has those who come from now on judged by other keys. A guard is there
// from the start or not at all.
func (w *worker) renewKeys(c *tokens.Config) error {
	if w.guard == nil || !c.Wanted() {
		return nil
	}
	v, err := c.Verifier()
	if err == nil {
		w.guard.SetVerifier(v)
	}
	return err
}

func (w *worker) closeGuard() {
	if w.guard != nil {
		w.guard.Close()
	}
}
