package machines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// forgetting is how long anything may wait for a machine that is lost.
const forgetting = 10 * time.Second

// answer is what became of a request for a session.
type answer struct {
	status int
	body   string
	took   time.Duration
	err    error
}

// unknown reports whether it is the answer that a session's id is unknown: to a
// WebSocket's opening in words, as the reference has it.
func (a answer) unknown() bool {
	if a.err != nil || a.status != http.StatusBadRequest {
		return false
	}
	var refusal struct {
		Code    int
		Message string
	}
	if json.Unmarshal([]byte(a.body), &refusal) == nil {
		return refusal.Code == 1 && refusal.Message == "Session ID unknown"
	}
	return a.body == "Session ID unknown"
}

func (a answer) String() string {
	return fmt.Sprintf("%d %q after %v (%v)", a.status, a.body, a.took, a.err)
}

// request asks a host for a session, "" for a new one, on a connection of its
// own; with headers, to open a WebSocket.
func (h *host) request(ctx context.Context, method, sid, body string, headers ...string) (a answer) {
	began := time.Now()
	defer func() { a.took = time.Since(began) }()
	url := fmt.Sprintf("http://%s/socket.io/?EIO=4&transport=polling", h.Node.Addr)
	if len(headers) > 0 {
		url = strings.Replace(url, "polling", "websocket", 1)
	}
	if sid != "" {
		url += "&sid=" + sid
	}
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Close = len(headers) == 0
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{err: err}
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	return answer{status: got.StatusCode, body: string(b), err: err}
}

// session opens a session by polling and returns its id.
func (h *host) session() string {
	h.t.Helper()
	a := h.request(within(h.t, patience), http.MethodGet, "", "")
	var opened struct{ SID string }
	if a.err != nil || a.status != http.StatusOK || json.Unmarshal([]byte(strings.TrimPrefix(a.body, "0")), &opened) != nil || opened.SID == "" {
		h.t.Fatalf("no session: %v", a)
	}
	return opened.SID
}

// upgrade are the headers of a WebSocket's opening.
var upgrade = []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// TestLostMachineIsForgotten takes a machine away without a word. The others
// forget it by their own heartbeats, what was asked of it meanwhile is answered
// then, and afterwards at once; and everybody else goes on.
func TestLostMachineIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everyServer)
	lost, left := w.hosts[2], w.hosts[:2]
	all := gather(t, w.Network, left...)
	s := speak(t, each(&world{hosts: left}, all), 50*time.Millisecond)
	official := gatherOfficial(t, w.Network, allWays, left...)
	sids := []string{lost.session(), lost.session(), lost.session(), lost.session(), lost.session(), lost.session()}
	hear(t, all, 10)

	if err := errors.Join(lost.Cut(), lost.Kill()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var wg sync.WaitGroup
	for i, sid := range sids {
		wg.Go(func() {
			h := left[i%2]
			var a answer
			switch i / 2 {
			case 0:
				a = h.request(within(t, patience), http.MethodGet, sid, "")
			case 1:
				a = h.request(within(t, patience), http.MethodPost, sid, "40")
			case 2:
				a = h.request(within(t, patience), http.MethodGet, sid, "", upgrade...)
			}
			t.Logf("asked for at once: %v", a)
			if !a.unknown() || a.took > forgetting {
				t.Errorf("asked of %s when the machine was lost: %v", h.Name, a)
			}
		})
	}
	for _, h := range left {
		h.awaitStatus("the machine is gone", func(s status) bool { return len(s.Nodes) == len(left) })
	}
	took := time.Since(began)
	t.Logf("forgotten after %v", took.Round(100*time.Millisecond))
	if took > forgetting {
		t.Errorf("forgotten after %v", took)
	}
	wg.Wait()
	for i, sid := range sids {
		if a := left[i%2].request(within(t, patience), http.MethodGet, sid, ""); !a.unknown() {
			t.Errorf("asked when it was forgotten: %v", a)
		}
	}
	hear(t, all, 10)
	heardAll(t, all, s.End())
	official.end()
}
