package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/worker/backend"
)

var (
	// errUnheard: the application has certainly not heard the request.
	errUnheard = errors.New("not heard")
	// errBroken: the connection ended, and nobody knows what has been heard.
	errBroken = errors.New("the connection has ended")
)

// statusError is a response that is no answer.
type statusError struct{ code int }

func (e *statusError) Error() string {
	if e.code/100 == 3 {
		return fmt.Sprintf("status %d: redirects are not followed", e.code)
	}
	return fmt.Sprintf("status %d", e.code)
}

// post makes one request. after is how long the application wants to be left
// alone before the next.
func (c *Caller) post(ctx context.Context, call *backend.Call) (answer []byte, after time.Duration, err error) {
	connected := false
	var dialed atomic.Bool // on another goroutine
	trace := &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected = true },
		DNSStart:     func(httptrace.DNSStartInfo) { dialed.Store(true) },
		ConnectStart: func(string, string) { dialed.Store(true) },
	}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, c.o.URL, bytes.NewReader(call.Body))
	if err != nil {
		return nil, 0, fmt.Errorf("webhook: %w", err)
	}
	c.dress(req, call)
	resp, err := c.transport.RoundTrip(req)
	switch {
	case err != nil && ctx.Err() != nil && connected:
		return nil, 0, ctx.Err()
	case err != nil && ctx.Err() != nil && !dialed.Load():
		return nil, 0, fmt.Errorf("%w: all connections were busy: %w", backend.ErrCrowded, ctx.Err())
	case err != nil && !connected:
		return nil, 0, fmt.Errorf("%w: %w", errUnheard, err)
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", errBroken, err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing is written to it
	return c.read(ctx, resp)
}

// dress gives a request its headers.
func (c *Caller) dress(req *http.Request, call *backend.Call) {
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "ioserver")
	h.Set(KindHeader, call.Kind.String())
	h[keyHeader] = []string{call.Key}
	if secrets := *c.secrets.Load(); len(secrets) > 0 {
		h.Set(SignatureHeader, Sign(secrets, time.Now(), call.Body))
	}
}

func (c *Caller) read(ctx context.Context, resp *http.Response) ([]byte, time.Duration, error) {
	if resp.StatusCode/100 != 2 {
		_, _ = io.CopyN(io.Discard, resp.Body, statusBytes) // for the connection's sake
		err := error(&statusError{resp.StatusCode})
		if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
			err = fmt.Errorf("%w: %w", errUnheard, err)
		}
		return nil, retryAfter(resp.Header.Get("Retry-After")), err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, int64(c.o.AnswerBytes)+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", errBroken, err)
	case len(answer) > c.o.AnswerBytes:
		return nil, 0, fmt.Errorf("%w: an answer of more than %d bytes", backend.ErrTooLarge, c.o.AnswerBytes)
	}
	return answer, 0, nil
}

// retryAfter is the header's seconds; dates are not heeded.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
