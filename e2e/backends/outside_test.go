package backends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// outsider is one who has a server do things: over NATS, by HTTP, or from a
// terminal.
type outsider struct {
	name string
	does func(t *testing.T, command string, fields map[string]any) (answer string)
}

// outsiders are those of a server that lets everybody in.
func outsiders(t *testing.T) (addr string, all []outsider) {
	t.Helper()
	file, api := filepath.Join(t.TempDir(), "app.json"), free(t)
	n := serve(t, "nodejs", strings.NewReplacer("examples/nodejs/app.json", file), "--workers=4", "--backend-namespaces=/", "--backend-namespaces=/chat", "--api-listen="+api, "--api-token-file="+write(t, apiToken))
	var c struct{ Server string }
	if err := json.Unmarshal(read(t, file), &c); err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(c.Server)
	if err == nil {
		t.Cleanup(nc.Close)
		_, err = nc.Subscribe("ioserver.default.v1.on.connect.>", func(m *nats.Msg) { _ = m.Respond([]byte(`{"allow":{}}`)) })
	}
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return n.Addr, []outsider{
		{"NATS", func(t *testing.T, command string, fields map[string]any) string {
			m, err := nc.Request("ioserver.default.v1."+command, encode(t, fields), patience)
			if err != nil {
				t.Fatal(err)
			}
			return string(m.Data)
		}},
		{"HTTP", func(t *testing.T, command string, fields map[string]any) string { return post(t, api, command, fields) }},
		{"terminal", func(t *testing.T, command string, fields map[string]any) string {
			return typed(t, api, command, fields)
		}},
	}
}

const apiToken = "of-the-tests-of-what-is-outside"

func encode(t *testing.T, fields map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func post(t *testing.T, api, command string, fields map[string]any) string {
	t.Helper()
	method, at, body := "POST", url.URL{Scheme: "http", Host: api, Path: "/api/" + command}, encode(t, fields)
	if command == "sockets" || command == "rooms" {
		method, body = "GET", nil
		query := url.Values{}
		if rooms, ok := fields["rooms"].([]string); ok {
			query["rooms"] = rooms
		}
		at.RawQuery = query.Encode()
	}
	request, err := http.NewRequestWithContext(t.Context(), method, at.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Header.Set("Content-Type", "application/json")
	request.Close = true // the next one is another worker's
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", command, response.StatusCode, answer, err)
	}
	return string(answer)
}

// typed is what a person types for it.
func typed(t *testing.T, api, command string, fields map[string]any) string {
	t.Helper()
	args := []string{command, "--api=http://" + api}
	lists := map[string]string{"rooms": "--room=", "except": "--except="}
	for name, flag := range lists {
		values, _ := fields[name].([]string)
		for _, v := range values {
			args = append(args, flag+v)
		}
	}
	for name, value := range fields {
		switch name {
		case "namespace", "socket":
			args = append(args, fmt.Sprintf("--%s=%v", name, value))
		case "volatile":
			args = append(args, "--volatile")
		case "ack":
			args = append(args, "--ack=20s")
		}
	}
	for _, name := range []string{"event", "args", "join", "leave"} {
		switch value := fields[name].(type) {
		case string:
			args = append(args, value)
		case []string:
			args = append(args, value...)
		}
	}
	cmd := exec.CommandContext(t.Context(), programs["bin/ioserver"], args...)
	cmd.Env = append(cmd.Environ(), "IOSERVER_API_TOKEN="+apiToken)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
	return string(out)
}

// TestOutside has each of them do the same.
func TestOutside(t *testing.T) {
	addr, all := outsiders(t)
	ann, bob, chat := dial(t, addr, "/"), dial(t, addr, "/"), dial(t, addr, "/chat")
	for _, emitted := range []struct {
		name   string
		fields map[string]any
		heard  []*client
	}{
		{"emit", map[string]any{}, []*client{ann, bob}},
		{"emit in a namespace", map[string]any{"namespace": "/chat"}, []*client{chat}},
		{"emit to a room", map[string]any{"rooms": []string{ann.id}}, []*client{ann}},
		{"emit to rooms", map[string]any{"rooms": []string{ann.id, bob.id, "nobody"}}, []*client{ann, bob}},
		{"emit to a socket", map[string]any{"socket": bob.id}, []*client{bob}},
		{"emit except", map[string]any{"except": []string{bob.id}}, []*client{ann}},
		{"emit volatile", map[string]any{"volatile": true}, []*client{ann, bob}},
		{"emit uncompressed", map[string]any{"compress": false}, []*client{ann, bob}},
	} {
		emitted.fields["event"], emitted.fields["args"] = "m", []string{emitted.name}
		of := all
		if _, ok := emitted.fields["compress"]; ok {
			of = all[:2] // a terminal has no flag for it
		}
		each(t, emitted.name, of, func(t *testing.T, o outsider) {
			o.does(t, "emit", emitted.fields)
			for _, c := range emitted.heard {
				c.hears(t, `["m","`+emitted.name+`"]`)
			}
		})
	}
	each(t, "emit with ack", all, func(t *testing.T, o outsider) {
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			ann.answers(t, `["q"]`, `["`+o.name+` is answered"]`)
		}()
		got := o.does(t, "emit", map[string]any{"event": "q", "socket": ann.id, "ack": map[string]any{"timeoutMs": 20_000}})
		if <-answered; !strings.Contains(got, o.name+" is answered") || !strings.Contains(got, ann.id) {
			t.Errorf("%s", got)
		}
	})
	each(t, "join, sockets, rooms, leave", all, func(t *testing.T, o outsider) {
		room := "room of " + o.name
		o.does(t, "join", map[string]any{"rooms": []string{ann.id}, "join": []string{room}})
		o.does(t, "emit", map[string]any{"rooms": []string{room}, "event": "in"})
		ann.hears(t, `["in"]`)
		there := map[string]any{"rooms": []string{room}}
		if got := o.does(t, "sockets", there); !strings.Contains(got, ann.id) || strings.Contains(got, bob.id) {
			t.Errorf("%s", got)
		}
		if got := o.does(t, "rooms", map[string]any{}); !strings.Contains(got, room) {
			t.Errorf("%s", got)
		}
		o.does(t, "leave", map[string]any{"rooms": []string{ann.id}, "leave": []string{room}})
		for strings.Contains(o.does(t, "sockets", there), ann.id) { // another worker may be asked before it hears
		}
	})
	each(t, "disconnect", all, func(t *testing.T, o outsider) {
		cat := dial(t, addr, "/")
		o.does(t, "disconnect", map[string]any{"rooms": []string{cat.id}})
		cat.says(t, "41")
	})
	for _, c := range []*client{ann, bob, chat} { // and nothing else has come
		c.conversation(t)
	}
}

func each(t *testing.T, name string, all []outsider, f func(*testing.T, outsider)) {
	for _, o := range all {
		t.Run(name+"/"+o.name, func(t *testing.T) { f(t, o) })
	}
}
