package backends

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// shellLines are those of a block of the README that begins with a function.
func shellLines(t *testing.T, function string) (define string, calls []string) {
	t.Helper()
	_, block, found := strings.Cut(string(read(t, filepath.Join(examples, "README.md"))), "```sh\n"+function+"() {")
	block, _, closed := strings.Cut(block, "\n```")
	if !found || !closed {
		t.Fatalf("the README has no %s", function)
	}
	lines := strings.Split(function+"() {"+block, "\n")
	return lines[0], lines[1:]
}

// TestCurl has the README's lines run by a shell.
func TestCurl(t *testing.T) {
	var dir, api string
	n := byWebhookAt(t, func(d, a string) { dir, api = d, a }, "--workers=2")
	ann := sit(t, "Ann", n.Addr)
	ann.says(t, "(you are in lobby)")
	define, calls := shellLines(t, "api")
	here := strings.NewReplacer("examples/python", dir, "127.0.0.1:3001", api)
	for i, want := range []string{`{"ok":true}`, `"data":{"name":"Ann"}`, `"ok":false,"answers":[],"missing":[`} {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", here.Replace(define)+"\n"+calls[i]).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %s", calls[i], err, out)
		}
	}
	ann.says(t, "lobby, the shell: hello")
	if len(calls) != 3 {
		t.Errorf("%d lines, of which 3 are known", len(calls))
	}
}

// TestNATSCommand publishes what the README's lines do.
func TestNATSCommand(t *testing.T) {
	n, processes := overNATS(t, 1, "--workers=2")
	ann := sit(t, "Ann", n.Addr)
	ann.says(t, "(you are in lobby)")
	var c struct{ Server string }
	if err := json.Unmarshal(read(t, filepath.Join(processes[0].dir, "app.json")), &c); err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(c.Server)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_, calls := shellLines(t, "nats")
	line := regexp.MustCompile(`^nats (pub|request|reply --queue chat) '?([\w.]+)'? '(.*)'$`)
	wanted := map[string]string{"sockets": `"data":{"name":"Ann"}`, "emit": `"ok":false,"answers":[],"missing":[`}
	for _, call := range calls {
		m := line.FindStringSubmatch(call)
		if m == nil {
			t.Fatalf("%s: not understood", call)
		}
		subject, body := m[2], []byte(m[3])
		switch m[1] {
		case "pub":
			err = nc.Publish(subject, body)
		case "request":
			var answer *nats.Msg
			if answer, err = nc.Request(subject, body, patience); err == nil && !strings.Contains(string(answer.Data), wanted[strings.Split(subject, ".")[3]]) {
				t.Errorf("%s: %s", call, answer.Data)
			}
		default:
			_, err = nc.QueueSubscribe(subject, "chat", func(m *nats.Msg) { _ = m.Respond(body) })
		}
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
	ann.says(t, "lobby, the shell: hello")
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	eve := dialAs(t, n.Addr, "/", `{"name":"Eve"}`)
	eve.say(t, `421["ping"]`)
	eve.says(t, `431["pong"]`)
}
