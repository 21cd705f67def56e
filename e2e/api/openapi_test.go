package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is the OpenAPI document of a server, and what is known of JSON Schema
// by somebody else.
type document struct {
	t        *testing.T
	compiler *jsonschema.Compiler
	paths    map[string]any
}

func (p *place) document() *document {
	p.t.Helper()
	status, body := p.get("/api/openapi.json")
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if status != 200 || err != nil {
		p.t.Fatalf("%d, %v", status, err)
	}
	root := value.(map[string]any)
	if v, _ := root["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		p.t.Errorf("openapi %q", v)
	}
	d := &document{p.t, jsonschema.NewCompiler(), root["paths"].(map[string]any)}
	if err := d.compiler.AddResource("openapi.json", value); err != nil {
		p.t.Fatal(err)
	}
	return d
}

// fits reports what is wrong with a body, by the schema at a place of the
// document.
func (d *document) fits(body string, at ...string) error {
	d.t.Helper()
	pointer := "openapi.json#"
	for _, name := range at {
		pointer += "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
	}
	schema, err := d.compiler.Compile(pointer)
	if err != nil {
		d.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// answers checks an answer: that of a success, or the error that all else is.
func (d *document) answers(verb, path string, status int, kind, body string) {
	d.t.Helper()
	code := "default"
	responses := d.paths[path].(map[string]any)[verb].(map[string]any)["responses"].(map[string]any)
	if _, ok := responses[fmt.Sprint(status)]; ok {
		code = fmt.Sprint(status)
	}
	if err := d.fits(body, "paths", path, verb, "responses", code, "content", kind, "schema"); err != nil {
		d.t.Errorf("%s %s: %d %s: %v", verb, path, status, body, err)
	}
}

const jsonKind = "application/json"

// What the document says of requests is what the server takes, and what it says
// of answers is what eight workers answer.
func TestDocument(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--balance=round-robin")
	d := p.document()
	members := p.gather(workers, crowd.Kind{Revision: 4, Transport: crowd.WebSocket})
	everywhere(t, members)
	unseen := []string{"reserved_event", "unknown_namespace", "unknown_socket", "duplicate_field", "invalid_json"} // by a schema
	for _, body := range []string{
		`{"event":"m"}`, `{"event":"m","args":["x",{"$binary":"AQ=="}],"rooms":["r"],"except":[],"volatile":true,"compress":false}`, `{"event":"m","socket":"` + members[0].ID + `"}`,
		`{"event":"m","rooms":["` + members[1].ID + `","` + members[2].ID + `"],"ack":{"timeoutMs":50}}`, `{"event":"m","ack":{"timeoutMs":60001}}`, `{"event":"m","ack":{}}`,
		`{}`, `{"event":7}`, `{"event":"m","rom":["r"]}`, `{"event":"m","rooms":[]}`, `{"event":"m","rooms":[""]}`, `{"event":"m","args":{}}`, `{"event":"connect"}`, `{"event":"m","namespace":"/none"}`,
		`{"join":["r"]}`, `{"join":["r"],"socket":"none"}`, `{"join":[]}`, `{"join":["r"],"socket":"a","rooms":["b"]}`, `{"leave":["r"],"rooms":["a"]}`, `{"rooms":["nobody"],"close":false}`, `{"rooms":["nobody"],"close":"x"}`, `[]`, `{"event":"m","event":"m"}`, `{`,
	} {
		for path, verbs := range d.paths {
			if _, ok := verbs.(map[string]any)["post"]; !ok || path == "/api/disconnect" && !strings.Contains(body, "nobody") {
				continue
			}
			c := dial(t, "tcp", p.tcp)
			c.write(strings.Replace(request(body), "/api/emit", path, 1))
			status, answer := c.answer()
			d.answers("post", path, status, jsonKind, answer)
			var failure struct{ Error struct{ Code string } }
			_ = json.Unmarshal([]byte(answer), &failure)
			if strings.Contains(strings.Join(unseen, " "), failure.Error.Code) && failure.Error.Code != "" {
				continue
			}
			if err := d.fits(body, "paths", path, "post", "requestBody", "content", jsonKind, "schema"); (err == nil) != (status == http.StatusOK) {
				t.Errorf("%s %s: %d %s, and the schema says %v", path, body, status, answer, err)
			}
		}
	}
	for _, path := range []string{
		"/api/sockets", "/api/sockets?handshake=true&limit=3", "/api/sockets?limit=0", "/api/rooms", "/api/rooms?rooms=r&data=%7B%7D", "/api/rooms?room=r", "/api/status", "/api/status?x=y", "/api/openapi.json", "/healthz", "/readyz",
	} {
		status, body := p.get(path)
		route, _, _ := strings.Cut(path, "?")
		d.answers("get", route, status, jsonKind, body)
	}
	l := p.tail()
	for range workers {
		d.line(l)
	}
	if err := members[0].Emit("remember", 1); err != nil {
		t.Fatal(err)
	}
	members[1].Close()
	d.line(l)
	d.line(l)
	l.stop()
}

// line checks one of tail's.
func (d *document) line(l *tailed) {
	d.t.Helper()
	if !l.lines.Scan() {
		d.t.Fatal("no line")
	}
	if err := d.fits(string(bytes.TrimSpace(l.lines.Bytes())), "paths", "/api/tail", "get", "responses", "200", "content", "application/x-ndjson", "schema"); err != nil {
		d.t.Errorf("%s: %v", l.lines.Bytes(), err)
	}
}
