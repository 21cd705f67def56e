package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

const (
	// statusDeadline is how long an answer may take.
	statusDeadline = 5 * time.Second
	// statusBytes bounds an answer: some 4,000 workers.
	statusBytes = 4 << 20
)

// caller asks an HTTP API. Each question goes over a connection of its own, and
// so mostly to another worker.
type caller struct {
	place  apiPlace
	token  string
	client http.Client
}

// caller is ready to ask where the flags say, or else the server's configuration,
// which is not read for what need not be known.
func (o *outlook) caller() (*caller, error) {
	var at apiPlace
	var configured []string
	var err error
	file := o.tokenFile
	if o.api != "" {
		at, err = parsePlace(o.api)
	}
	if o.api == "" || at.socket == "" && file == "" && os.Getenv(tokenVariable) == "" {
		var theirs string
		if configured, theirs, err = o.configured(); err != nil {
			return nil, err
		}
		if file == "" {
			file = theirs
		}
		at, err = o.find(configured)
	}
	if err != nil {
		return nil, err
	}
	c := &caller{place: at}
	if c.token, err = at.token(file); err != nil {
		return nil, err
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	if at.socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", at.socket)
		}
	}
	c.client = http.Client{
		Transport:     transport,
		Timeout:       statusDeadline,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *caller) close() { c.client.CloseIdleConnections() }

// ask returns the API's document as it is, and what it says.
func (c *caller) ask(ctx context.Context) (document []byte, s *workerapi.Status, err error) {
	document, err = c.get(ctx)
	if err == nil {
		s = new(workerapi.Status)
		if err = json.Unmarshal(document, s); err != nil {
			err = errors.New("what answers is no ioserver that knows of /api/status")
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("status: %s: %w", oneLine(c.place.name), err)
	}
	return document, s, nil
}

func (c *caller) get(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.place.url+"/api/status", nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, unreached(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, statusBytes+1))
	switch {
	case err != nil:
		return nil, unreached(err)
	case answer.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("the token is wrong or missing: name a file of it by --api-token-file, or set %s", tokenVariable)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answers with %s%s", oneLine(answer.Status), said(body))
	case len(body) > statusBytes:
		return nil, fmt.Errorf("the answer is longer than %d bytes", statusBytes)
	}
	return body, nil
}

// unreached is an error without the URL that Go puts before it, and with what to
// do where that is known.
func unreached(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("no answer within %v", statusDeadline)
	}
	var failed syscall.Errno
	if errors.As(err, &failed) {
		switch failed {
		case syscall.ECONNREFUSED, syscall.ENOENT:
			return fmt.Errorf("nobody listens there (%w): is the server up, with --api-listen? Name another place by --api", failed)
		case syscall.EACCES, syscall.EPERM:
			return fmt.Errorf("not for this user (%w): the socket's owner and group may ask", failed)
		}
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// said is what an API's error says.
func said(body []byte) string {
	var failure struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(body, &failure) != nil || failure.Error.Message == "" {
		return ""
	}
	return ": " + clip(oneLine(failure.Error.Message))
}
