package backend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// hook is an application behind HTTP that knows one secret.
type hook struct {
	*httptest.Server
	secret  atomic.Pointer[string]
	refused atomic.Int64
	signed  atomic.Int64 // signatures of the last request
}

func (r *record) hook(t *testing.T, secret string) *hook {
	t.Helper()
	h := new(hook)
	h.secret.Store(&secret)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if !h.genuine(req.Header.Get("Ioserver-Signature"), body) {
			h.refused.Add(1)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, r.answer(req.Header.Get("Ioserver-Type"), body))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) genuine(header string, body []byte) (found bool) {
	stamp, n := "", 0
	for _, part := range strings.Split(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "t":
			stamp = value
		case "v1":
			n++
			mac := hmac.New(sha256.New, []byte(*h.secret.Load()))
			mac.Write([]byte(stamp + "."))
			mac.Write(body)
			found = found || hmac.Equal([]byte(value), []byte(hex.EncodeToString(mac.Sum(nil))))
		}
	}
	h.signed.Store(int64(n))
	return found
}

// TestWebhook asks an application by HTTP. A worker is killed: the end of its
// sockets is told as over NATS.
func TestWebhook(t *testing.T) {
	r := newRecord()
	h := r.hook(t, "a secret of the first days")
	file := filepath.Join(t.TempDir(), "secrets")
	write(t, file, "# of the hook\na secret of the first days\n")
	n := serve(t, "--workers=3", "--backend="+h.URL+"/hook", "--backend-secret-file="+file)
	all := gather(t, n, 30)
	these, others := in(all, all[0].slot)
	if _, err := n.KillWorker(all[0].slot, patience); err != nil {
		t.Fatal(err)
	}
	r.ended(t, "transport close", these, others)
	if h.refused.Load() > 0 {
		t.Errorf("%d requests were not genuine", h.refused.Load())
	}
}

// TestSecretChanges changes the secret under way, without one request that the
// application would not take.
func TestSecretChanges(t *testing.T) {
	const first, second = "a secret of the first days", "another one for later days"
	r := newRecord()
	h := r.hook(t, first)
	file := filepath.Join(t.TempDir(), "secrets")
	write(t, file, first+"\n")
	n := serve(t, "--workers=2", "--backend="+h.URL, "--backend-secret-file="+file)
	all := gather(t, n, 10)
	reload := func(content string, signatures int64) {
		t.Helper()
		write(t, file, content)
		before := len(n.Lines(reloaded))
		if err := n.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Await(patience, func(node.Line) bool { return len(n.Lines(reloaded)) >= before+2 }); err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			identify(t, c.Client)
			if got := h.signed.Load(); got != signatures {
				t.Errorf("%d signatures, want %d", got, signatures)
			}
		}
	}
	reload(first+"\n"+second+"\n", 2)
	text := second
	h.secret.Store(&text)
	reload(second+"\n", 1)
	if h.refused.Load() > 0 {
		t.Errorf("%d requests were not genuine", h.refused.Load())
	}
	if strings.Contains(n.Log(), "first days") || strings.Contains(n.Log(), "later days") {
		t.Error("a secret is in the log")
	}
}

// reloaded is what each worker says when it has taken a configuration up.
func reloaded(l node.Line) bool { return l.Says("configuration reloaded") && l.Fields["slot"] != nil }

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
