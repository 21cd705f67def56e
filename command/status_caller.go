package command

import (
	"bytes"
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
	return c.call(ctx, http.MethodGet, "/api/status", nil, statusBytes)
}

// call returns the body of an answer, of so many bytes at the most. body is nil
// for none.
func (c *caller) call(ctx context.Context, method, path string, body []byte, most int64) ([]byte, error) {
	answer, err := c.open(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	switch {
	case err != nil:
		return nil, c.unreached(err)
	case int64(len(got)) > most:
		return nil, fmt.Errorf("the answer is longer than %d bytes", most)
	}
	return got, nil
}

// open returns an answer that is good, whose body the caller closes.
func (c *caller) open(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.place.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, c.unreached(err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusUnauthorized {
		return nil, fmt.Errorf("the token is wrong or missing: name a file of it by --api-token-file, or set %s", tokenVariable)
	}
	said, _ := io.ReadAll(io.LimitReader(answer.Body, statusBytes)) // without it the status tells
	return nil, refusedBy(answer.Status, said)
}

// unreached is an error without the URL that Go puts before it, and with what to
// do where that is known.
func (c *caller) unreached(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("no answer within %v", c.client.Timeout)
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

// refusedBy is what an API's error says.
func refusedBy(status string, body []byte) error {
	var failure struct {
		Error struct{ Message string }
	}
	if json.Unmarshal(body, &failure) != nil || failure.Error.Message == "" {
		return fmt.Errorf("answers with %s", oneLine(status))
	}
	return fmt.Errorf("answers with %s: %s", oneLine(status), shorter(oneLine(failure.Error.Message), refusalRunes))
}

// refusalRunes is how much of an API's message is shown.
const refusalRunes = 300

func shorter(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
