package command

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// live is a started server and the files that it reads.
type live struct {
	*process
	config, tokens string // file names
	address, api   string
}

const (
	tokenA = "token-a-0123456789"
	tokenB = "token-b-0123456789"
)

func startLive(t *testing.T, config string) *live {
	t.Helper()
	dir := t.TempDir()
	l := &live{config: filepath.Join(dir, "ioserver.yaml"), tokens: filepath.Join(dir, "tokens")}
	l.write(t, l.config, config)
	l.write(t, l.tokens, "# for the tests\n"+tokenA+"\n")
	l.process = start(t, "--config", l.config, "--listen", "127.0.0.1:0", "--api-listen=127.0.0.1:0", "--api-token-file", l.tokens)
	l.address = banner.FindStringSubmatch(l.await(t, "serves /"))[1]
	_, l.api, _ = strings.Cut(l.await(t, "HTTP API on "), "HTTP API on ")
	return l
}

func (l *live) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// reload is a SIGHUP after which both workers and the broker have said, at debug
// level, that they have taken it up. It returns what the master says.
func (l *live) reload(t *testing.T) string {
	t.Helper()
	l.signal(t, syscall.SIGHUP)
	return l.awaitAll(t, "changed=",
		`level=DEBUG msg="configuration reloaded" slot=0`,
		`level=DEBUG msg="configuration reloaded" slot=1`,
		`level=DEBUG msg="configuration reloaded" role=broker`)[0]
}

func get(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// origin asks for a session as a page of that origin does, and returns what the
// server opens it with.
func (l *live) origin(t *testing.T, origin string, want int) map[string]any {
	t.Helper()
	status, body := get(t, "http://"+l.address+"/socket.io/?EIO=4&transport=polling", "Origin", origin)
	if status != want {
		t.Errorf("origin %s: %d %s, want %d", origin, status, body, want)
	}
	var open map[string]any
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &open); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	return open
}

func (l *live) token(t *testing.T, token string, want int) {
	t.Helper()
	if status, body := get(t, "http://"+l.api+"/metrics", "Authorization", "Bearer "+token); status != want {
		t.Errorf("token %s: %d %.200s, want %d", token, status, body, want)
	}
}

func TestReload(t *testing.T) {
	l := startLive(t, "workers: 2\ncors-origin: https://a.example\n")
	l.origin(t, "https://a.example", http.StatusOK)
	l.origin(t, "https://b.example", http.StatusForbidden)
	l.token(t, tokenA, http.StatusOK)
	l.token(t, tokenB, http.StatusUnauthorized)

	// Another origin and token; the log level shows that workers and broker are told.
	l.write(t, l.config, "workers: 3\nlog-level: debug\ncors-origin: [https://b.example]\nping-interval: 1s\nmax-http-buffer-size: 2000\ncookie: io\n")
	l.write(t, l.tokens, tokenB)
	said := l.reload(t)
	if want := `changed="ping-interval, max-http-buffer-size, cors-origin, api-token-file, log-level"`; !strings.Contains(said, want) {
		t.Errorf("%s\nlacks %s", said, want)
	}
	if !strings.Contains(l.output(), `level=WARN msg="needs a restart" settings="workers, cookie"`) {
		t.Errorf("what needs a restart is not named:\n%s", l.output())
	}
	now := func() {
		t.Helper()
		l.origin(t, "https://a.example", http.StatusForbidden)
		open := l.origin(t, "https://b.example", http.StatusOK)
		if open["pingInterval"] != 1000.0 || open["maxPayload"] != 2000.0 {
			t.Errorf("a session opens with %v", open)
		}
		l.token(t, tokenA, http.StatusUnauthorized)
		l.token(t, tokenB, http.StatusOK)
	}
	now()

	// What cannot be read changes nothing.
	l.write(t, l.config, "workers: 2\ncors-origins: https://a.example\n")
	l.signal(t, syscall.SIGHUP)
	if line := l.await(t, "configuration not reloaded"); !strings.Contains(line, l.config+":2") || !strings.Contains(line, "did you mean cors-origin?") {
		t.Error(line)
	}
	now()
	l.write(t, l.config, "log-level: debug\n")
	l.write(t, l.tokens, "# none\n")
	l.signal(t, syscall.SIGHUP)
	if line := l.await(t, "configuration not reloaded"); !strings.Contains(line, l.tokens) {
		t.Error(line)
	}
	now()

	// Two tokens at a time, while clients change from one to the other.
	l.write(t, l.config, "workers: 2\nlog-level: debug\ncors-origin: [https://a.example]\n")
	l.write(t, l.tokens, tokenA+"\n"+tokenB+"\n")
	l.reload(t)
	l.token(t, tokenA, http.StatusOK)
	l.token(t, tokenB, http.StatusOK)
	if open := l.origin(t, "https://a.example", http.StatusOK); open["pingInterval"] != 25000.0 || open["maxPayload"] != 1e6 {
		t.Errorf("a session opens with %v", open)
	}
	l.signal(t, syscall.SIGHUP)
	l.await(t, "nothing has changed")
	for _, secret := range []string{tokenA, tokenB} {
		if strings.Contains(l.output(), secret) {
			t.Error("a token is in the log")
		}
	}
	l.signal(t, syscall.SIGTERM)
	if status := l.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
}

// As many sessions of an address as may wait for polls, before a reload and after it.
func TestPollingPerAddress(t *testing.T) {
	const workers = "workers: 2\nlog-level: debug\n"
	l := startLive(t, workers+"max-polling-per-address: 2\n")
	own := "http://" + l.address
	for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusServiceUnavailable} {
		l.origin(t, own, want)
	}
	l.write(t, l.config, workers+"max-polling-per-address: 3\n")
	if said := l.reload(t); !strings.Contains(said, `changed=max-polling-per-address`) {
		t.Error(said)
	}
	for _, want := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		l.origin(t, own, want)
	}
}

// A worker that is started after a reload has what was reloaded.
func TestReloadReachesSuccessors(t *testing.T) {
	l := startLive(t, "workers: 2\nlog-level: debug\n")
	l.write(t, l.config, "workers: 2\nlog-level: debug\ncors-origin: https://b.example\nmax-http-buffer-size: 1e8\n")
	l.reload(t)
	if !strings.Contains(l.output(), `msg="needs a restart" settings="max-http-buffer-size above 16777216`) {
		t.Errorf("more than the bus has room for is not refused:\n%s", l.output())
	}
	for _, pid := range children(t, l.cmd.Process.Pid, "ioserver-w") {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	l.awaitAll(t, `msg="worker serves" slot=0`, `msg="worker serves" slot=1`)
	if open := l.origin(t, "https://b.example", http.StatusOK); open["maxPayload"] != 1e6 {
		t.Errorf("a session opens with %v", open)
	}
}

// Secrets are neither in the arguments nor in the environment of the children.
func TestTokensStayInTheMaster(t *testing.T) {
	t.Setenv("SEEN_BY_CHILDREN", "yes")
	l := startLive(t, "workers: 2\n")
	for _, pid := range children(t, l.cmd.Process.Pid, "ioserver-") {
		for _, file := range []string{"cmdline", "environ"} {
			b, err := os.ReadFile(filepath.Join("/proc", itoa(pid), file))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), tokenA) || strings.Contains(string(b), "IOSERVER_") {
				t.Errorf("%s of a child: %q", file, b)
			}
			if file == "environ" && !strings.Contains(string(b), "SEEN_BY_CHILDREN=yes") {
				t.Errorf("the environment of a child is not readable: %q", b)
			}
		}
	}
}
