package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// subject is a server with a number of workers.
type subject struct {
	kind    string // ioserver or node
	workers int
}

// name tells it from the others.
func (s subject) name() string {
	switch {
	case s.kind == kindNode && s.workers == 1:
		return "Node.js"
	case s.kind == kindNode:
		return fmt.Sprintf("Node.js × %d", s.workers)
	}
	return fmt.Sprintf("ioserver × %d", s.workers)
}

// The kinds.
const (
	kindIOServer = "ioserver"
	kindNode     = "node"
)

// server is one that serves.
type server struct {
	*process
	url, trigger, token string
}

var (
	ioserverServes = regexp.MustCompile(`(?s) serves \S+ on (127\.0\.0\.1:\d+)\n.*HTTP API on (127\.0\.0\.1:\d+)\n`)
	nodeServes     = regexp.MustCompile(`listening (\d+), API on (\d+)\n`)
)

// serve starts a server, which its caller stops.
func (o *options) serve(ctx context.Context, s subject, log string) (*server, error) {
	workers := strconv.Itoa(s.workers)
	if s.kind == kindNode {
		p, ports, err := start(ctx, log, []string{"NODE_ENV=production"}, nodeServes, "node", filepath.Join(o.node, "app.mjs"), workers)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name(), err)
		}
		return &server{process: p, url: "http://127.0.0.1:" + ports[0], trigger: "http://127.0.0.1:" + ports[1] + "/api/emit"}, nil
	}
	token := rand.Text() + rand.Text() // more than the least that is taken
	p, at, err := start(ctx, log, []string{"IOSERVER_API_TOKEN=" + token}, ioserverServes,
		o.binary, "--workers", workers, "--demo", "--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name(), err)
	}
	if err := ready(ctx, "http://"+at[1]+"/readyz"); err != nil {
		_ = p.stop()
		return nil, fmt.Errorf("%s: %w: see %s", s.name(), err, log)
	}
	return &server{process: p, url: "http://" + at[0], trigger: "http://" + at[1] + "/api/emit", token: token}, nil
}

// askEvery is how often a server is asked whether all of it is there.
const askEvery = 20 * time.Millisecond

// ready waits until a broadcast would reach everybody.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	again := time.NewTicker(askEvery)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		}
	}
}
