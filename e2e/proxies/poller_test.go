package proxies

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// poller is a polling client of one origin.
type poller struct {
	t      *testing.T
	client *http.Client
	origin string
	query  string
}

func (p *poller) do(method, body string) string {
	p.t.Helper()
	r, err := http.NewRequest(method, p.origin+"/socket.io/?"+p.query, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Host = site
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s, %v", method, p.query, res.StatusCode, b, err)
	}
	return string(b)
}

// has polls until something comes that holds the text.
func (p *poller) has(text string) string {
	p.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if got := p.do(http.MethodGet, ""); strings.Contains(got, text) {
			return got
		}
	}
	p.t.Fatalf("no %s comes", text)
	return ""
}

// sessionID is the one in an opening packet.
func sessionID(t *testing.T, text string) string {
	t.Helper()
	_, rest, _ := strings.Cut(text, `"sid":"`)
	id, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no session in %s", text)
	}
	return id
}
