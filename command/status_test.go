package command

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

const statusToken = "a-token-of-this-test"

// served is a server with its API at a Unix socket and at a TCP address.
type served struct {
	socket, tcp, tokens string
}

func serveStatus(t *testing.T) served {
	t.Helper()
	dir := t.TempDir()
	s := served{socket: filepath.Join(dir, "api"), tokens: filepath.Join(dir, "tokens")}
	if err := os.WriteFile(s.tokens, []byte("# of nobody else\n\n"+statusToken+"\nanother-token-of-this-test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := startServing(t, "--api-listen=unix:"+s.socket, "--api-listen=127.0.0.1:0", "--api-token-file="+s.tokens)
	line := p.await(t, "HTTP API on ")
	_, port, ok := strings.Cut(line, "127.0.0.1:")
	if !ok {
		t.Fatalf("no address: %s", line)
	}
	port, _, _ = strings.Cut(port, ",")
	s.tcp = "127.0.0.1:" + port
	// until then a worker may not have said its first word
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); ; {
		out, stderr, status := run(t, nil, "status", "--api=unix:"+s.socket)
		if status == 0 {
			return s
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("status %d: %s%s", status, out, stderr)
		}
	}
}

// However the server is named, and by whatever right, it is the same that is
// shown.
func TestStatusOfAServer(t *testing.T) {
	s := serveStatus(t)
	config := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(config, []byte("api-listen:\n  - "+s.tcp+"\napi-token-file: "+s.tokens+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token := tokenVariable + "=" + statusToken
	for name, c := range map[string]struct {
		env  []string
		args []string
	}{
		"socket":           {nil, []string{"--api=unix:" + s.socket}},
		"token file":       {nil, []string{"--api=http://" + s.tcp + "/", "--api-token-file=" + s.tokens}},
		"address":          {[]string{token}, []string{"--api", s.tcp}},
		"variables":        {[]string{"IOSERVER_API_LISTEN=" + s.tcp, token}, nil},
		"sockets first":    {[]string{"IOSERVER_API_LISTEN=" + s.tcp + ",unix:" + s.socket}, nil},
		"configuration":    {nil, []string{"--config=" + config}},
		"its variable":     {[]string{"IOSERVER_CONFIG=" + config}, nil},
		"variable over it": {[]string{"IOSERVER_CONFIG=" + config, "IOSERVER_API_LISTEN=unix:" + s.socket}, nil},
		"flag over all":    {[]string{"IOSERVER_CONFIG=/no/such", token}, []string{"--api=" + s.tcp}},
	} {
		out, stderr, status := run(t, c.env, append([]string{"status"}, c.args...)...)
		if status != 0 || stderr != "" || strings.Contains(out, "\x1b") || strings.Count(out, " serving ") != 2 {
			t.Errorf("%s: status %d, %q\n%s", name, status, stderr, out)
		}
	}
	out, stderr, status := run(t, nil, "status", "--json", "--api=unix:"+s.socket)
	var got workerapi.Status
	if err := json.Unmarshal([]byte(out), &got); err != nil || status != 0 || stderr != "" {
		t.Fatalf("status %d, %q, %v", status, stderr, err)
	}
	if !got.Serving || got.Version != version() || len(got.Nodes) != 1 || !got.Nodes[0].Self || len(got.Nodes[0].Slots) != 2 || got.Nodes[0].Slots[1].PID <= 1 {
		t.Errorf("%s", out)
	}
}

// What cannot be shown is told in one line: 1 for what failed, 2 for what was
// typed.
func TestStatusThatCannotBeShown(t *testing.T) {
	s := serveStatus(t)
	nobody := filepath.Join(t.TempDir(), "nobody")
	closed := closedPort(t)
	others := filepath.Join(t.TempDir(), "others")
	if err := os.WriteFile(others, []byte("another-servers-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct {
		status int
		text   string
	}{
		"--api=unix:" + nobody:                           {1, "status: unix:" + nobody + ": nobody listens there (no such file or directory): is the server up, with --api-listen? Name another place by --api"},
		"--api=http://" + closed:                         {1, "status: http://" + closed + ": nobody listens there (connection refused): is the server up, "},
		"--api=" + s.tcp:                                 {1, "status: http://" + s.tcp + ": the token is wrong or missing"},
		"--api=http://" + s.tcp + "/x":                   {1, "status: http://" + s.tcp + "/x: answers with 404 Not Found: "},
		"--api=" + s.tcp + " --api-token-file=" + nobody: {1, "--api-token-file: open " + nobody},
		"--config=" + nobody:                             {1, "--config: open " + nobody},
		"--api=127.0.0.1":                                {2, `--api "127.0.0.1": accepted: ` + statusAPI},
		"--api=ftp://127.0.0.1":                          {2, `--api "ftp://127.0.0.1": accepted: `},
		"--api=http://user@127.0.0.1":                    {2, `--api "http://user@127.0.0.1": accepted: `},
		"--api=127.0.0.1:0":                              {2, `--api "127.0.0.1:0": accepted: `},
		"--api=unix:":                                    {2, `--api "unix:": accepted: `},
		"--json --watch":                                 {2, `status "--json --watch": accepted: one of them`},
		"now":                                            {2, `status "now": accepted: no argument`},
		"--jsno":                                         {2, "--jsno: there is no such flag, did you mean --json?"},
	} {
		out, stderr, status := run(t, nil, append([]string{"status"}, strings.Fields(line)...)...)
		if status != want.status || out != "" || !strings.HasPrefix(stderr, "ioserver: "+want.text) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q", line, status, out, stderr)
		}
	}
	for _, env := range []string{tokenVariable + "=another-servers-token", "IOSERVER_API_TOKEN_FILE=" + others} {
		out, stderr, status := run(t, []string{env}, "status", "--api="+s.tcp)
		if status != 1 || out != "" || !strings.HasPrefix(stderr, "ioserver: status: http://"+s.tcp+": the token is wrong or missing: ") {
			t.Errorf("%s: status %d, %q, %q", env, status, out, stderr)
		}
	}
	out, stderr, status := run(t, []string{"IOSERVER_API_LISTEN=127.0.0.1:0"}, "status")
	if status != 2 || out != "" || !strings.Contains(stderr, "names no port that could be asked: give --api") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// closedPort is an address that nobody listens at, for a while at least.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
