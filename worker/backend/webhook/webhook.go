package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/worker/backend"
)

// Caller is a [backend.Caller].
type Caller struct {
	o         Options
	secrets   atomic.Pointer[[][]byte]
	transport *http.Transport
}

// New checks the options. Who makes it closes it.
func New(o Options) (*Caller, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := &Caller{o: o}
	c.SetSecrets(o.Secrets)
	c.transport = &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    tlsTimeout,
		MaxConnsPerHost:        o.Connections,
		MaxIdleConns:           o.Connections,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // an answer's size is bounded as it comes
		Protocols:              new(http.Protocols),
	}
	c.transport.Protocols.SetHTTP1(true)
	return c, nil
}

// SetSecrets has requests from now on signed with these.
func (c *Caller) SetSecrets(secrets [][]byte) { c.secrets.Store(&secrets) }

// Call implements [backend.Caller].
func (c *Caller) Call(ctx context.Context, call *backend.Call) ([]byte, error) {
	pause := firstPause
	for try := 1; ; try++ {
		answer, after, err := c.post(ctx, call)
		if err == nil {
			return answer, nil
		}
		if try == mostTries || !again(call.Kind, err) || !wait(ctx, max(pause, after)) {
			return nil, verdict(ctx, err)
		}
		pause *= 2
	}
}

// again reports whether a call may be made once more.
func again(kind backend.Kind, err error) bool {
	var s *statusError
	switch {
	case errors.Is(err, errUnheard):
		return true
	case kind == backend.Event:
		return false
	case errors.As(err, &s):
		return s.code >= http.StatusInternalServerError
	}
	return errors.Is(err, errBroken)
}

// verdict is what the backend is told: what was not heard until the end, and is
// not known to have been, met nobody.
func verdict(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, errUnheard):
		return fmt.Errorf("%w: %w", backend.ErrAbsent, err)
	case errors.Is(err, backend.ErrCrowded):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// wait returns false where there is no time for it.
func wait(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close implements [backend.Caller]: the contexts of what is under way have to
// have ended.
func (c *Caller) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}
