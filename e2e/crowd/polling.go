package crowd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

func (l *link) openPolling(ctx context.Context) error {
	body, err := l.request(ctx, http.MethodGet, "")
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	packets, err := decodePayload(l.kind.Revision, body)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := l.begin(packets[0]); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	l.wg.Go(func() {
		defer close(l.polled)
		for _, p := range packets[1:] {
			if !l.arrived(p) {
				return
			}
		}
		for !l.pausing.Load() && l.poll() {
		}
	})
	return nil
}

// poll asks once and reports whether to go on.
func (l *link) poll() bool {
	body, err := l.request(l.ctx, http.MethodGet, "")
	if err != nil {
		l.end(fmt.Errorf("poll: %w", err))
		return false
	}
	packets, err := decodePayload(l.kind.Revision, body)
	if err != nil {
		l.end(fmt.Errorf("poll: %w", err))
		return false
	}
	for _, p := range packets {
		if !l.arrived(p) {
			return false
		}
	}
	return true
}

func (l *link) post(ctx context.Context, packets []string) error {
	answer, err := l.request(ctx, http.MethodPost, encodePayload(l.kind.Revision, packets))
	if err == nil && answer != "ok" {
		err = fmt.Errorf("answered %.60q", answer)
	}
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	return nil
}

func (l *link) request(ctx context.Context, method, body string) (string, error) {
	// A reader of no known kind keeps net/http from sending a GET again whose connection ended: whether the server had answered, nobody
	// can know, and the official clients do not either.
	once := struct{ io.Reader }{strings.NewReader(body)}
	r, err := http.NewRequestWithContext(ctx, method, l.url("http", "polling"), once)
	if err != nil {
		return "", err
	}
	if method == http.MethodPost {
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	answer, err := l.http.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", &StatusError{method, answer.StatusCode, string(b)}
	}
	return string(b), nil
}
