package api_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/contract/schematest"
)

// spec is the document as it is served.
type spec struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Parameters  []struct {
			Name    string
			In      string
			Schema  any
			Content map[string]content
		}
		RequestBody struct {
			Content map[string]content
		} `json:"requestBody"`
		Responses map[string]struct {
			Description string
			Content     map[string]content
		}
		Security []any
	}
	Components struct {
		Schemas map[string]any
	}
}

type content struct{ Schema any }

func (p *place) spec() *spec {
	p.t.Helper()
	c := p.dial(p.tcp)
	s := new(spec)
	if a := c.asks("openapi.json", s); a.StatusCode != 200 {
		p.t.Fatal(a.StatusCode)
	}
	return s
}

// whole is a schema with what it refers to in its place.
func (s *spec) whole(schema any) []byte {
	b, err := json.Marshal(s.resolve(schema))
	if err != nil {
		panic(err)
	}
	return b
}

func (s *spec) resolve(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return s.resolve(s.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")])
		}
		out := make(map[string]any)
		for name, sub := range v {
			out[name] = s.resolve(sub)
		}
		return out
	case []any:
		out := []any{}
		for _, sub := range v {
			out = append(out, s.resolve(sub))
		}
		return out
	}
	return v
}

// fits checks what was answered.
func (s *spec) fits(t *testing.T, verb, path string, a answer) {
	t.Helper()
	o := s.Paths[path][verb]
	code := "default"
	for status := range o.Responses {
		if status == a.Status[:3] {
			code = status
		}
	}
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	answered, ok := o.Responses[code].Content[kind]
	if !ok {
		t.Errorf("%s %s: an answer %d of %s is not in the document", verb, path, a.StatusCode, kind)
		return
	}
	if kind != "application/json" {
		return // of tail each line is checked as it is read
	}
	if err := schematest.Fits(s.whole(answered.Schema), []byte(a.body)); err != nil {
		t.Errorf("%s %s: %d %s: %v", verb, path, a.StatusCode, a.body, err)
	}
}

// What cannot be seen in a body alone.
var beyondSchemas = []string{contract.ReservedEvent, contract.UnknownNamespace, contract.UnknownSocket, contract.DuplicateField, contract.BadJSON}

// The document has every route, and is true of what is asked and answered.
func TestOpenAPI(t *testing.T) {
	p := begin(t, api.New)
	p.machine.status.Nodes = []api.Node{{Boot: "0123456789abcdef", Servers: []string{}, Slots: []api.Slot{{State: "down"}}}}
	s := p.spec()
	a := p.client("")
	c := p.dial(p.tcp)
	if len(s.Paths) != len(api.Paths()) {
		t.Errorf("%d paths of %d", len(s.Paths), len(api.Paths()))
	}
	long := strings.Repeat("x", contract.MaxRoomName+1)
	for _, body := range []string{
		`{}`, `[]`, `{"event":"m"}`, `{"event":""}`, `{"event":"m","room":"x"}`, `{"event":"m","args":[1,{"$binary":"AQ=="}]}`, `{"event":"m","args":1}`,
		`{"event":"m","rooms":["a"],"except":["b"],"volatile":true,"compress":false}`, `{"event":"m","rooms":[]}`, `{"event":"m","rooms":["` + long + `"]}`,
		`{"event":"m","socket":"` + a.ID + `"}`, `{"event":"m","socket":"none"}`, `{"event":"m","socket":"a","rooms":["b"]}`, `{"event":"disconnect"}`, `{"event":"m","namespace":"/none"}`,
		`{"event":"m","ack":{"timeoutMs":1}}`, `{"event":"m","ack":{"timeoutMs":0}}`, `{"event":"m","ack":{"timeoutMs":1,"x":2}}`,
		`{"join":["a"]}`, `{"join":[]}`, `{"leave":["a"]}`, `{"rooms":["nobody"],"close":true}`, `{"rooms":["nobody"],"close":1}`, `{"event":"m","event":"n"}`, `{"event":`,
	} {
		for path, verbs := range s.Paths {
			o, ok := verbs["post"]
			if !ok || path == "/api/disconnect" && !strings.Contains(body, "nobody") {
				continue
			}
			got := c.does(strings.TrimPrefix(path, "/api/"), body)
			s.fits(t, "post", path, got)
			var failure contract.Failure
			_ = json.Unmarshal([]byte(got.body), &failure)
			if failure.Error != nil && slices.Contains(beyondSchemas, failure.Error.Code) {
				continue
			}
			if err := schematest.Fits(s.whole(o.RequestBody.Content["application/json"].Schema), []byte(body)); (err == nil) != (got.StatusCode == 200) {
				t.Errorf("%s %s: %d, and the schema says %v", path, body, got.StatusCode, err)
			}
		}
	}
	for _, path := range api.Paths() {
		o, ok := s.Paths[path]["get"]
		if !ok {
			continue
		}
		for _, q := range []string{"", "?none=1"} {
			if path == "/api/tail" && q == "" {
				continue // it does not end
			}
			c.send("GET %s%s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, q, authorization)
			s.fits(t, "get", path, c.answer("GET"))
		}
		if o.Summary == "" || o.OperationID == "" {
			t.Errorf("%s: %+v", path, o)
		}
	}
	c.send("GET /api/sockets HTTP/1.1\r\nHost: x\r\n\r\n")
	s.fits(t, "get", "/api/sockets", c.answer("GET"))
}

// Parameters are in the document as they are taken.
func TestOpenAPIParameters(t *testing.T) {
	p := begin(t, api.New)
	s := p.spec()
	c := p.dial(p.tcp)
	values := map[string][]string{
		"namespace": {"/", "/chat", "chat"}, "rooms": {"a", "", strings.Repeat("x", contract.MaxRoomName+1)}, "except": {"a", ""},
		"data": {`{}`, `{"a":{"b":1}}`, `[]`, `1`}, "limit": {"1", "10000", "0", "10001", "-1", "x", "1.5"}, "after": {"", "a"}, "handshake": {"true", "false", "1", ""},
	}
	for _, path := range []string{"/api/sockets", "/api/rooms"} {
		for _, parameter := range s.Paths[path]["get"].Parameters {
			schema := parameter.Schema
			if schema == nil {
				schema = parameter.Content["application/json"].Schema
			}
			whole := s.whole(schema)
			if len(values[parameter.Name]) == 0 || parameter.In != "query" {
				t.Errorf("%s: %s in %s is not tried", path, parameter.Name, parameter.In)
			}
			for _, v := range values[parameter.Name] {
				a := c.asks(strings.TrimPrefix(path, "/api/")+"?"+parameter.Name+"="+url.QueryEscape(v), nil)
				if err := schematest.Fits(whole, written(whole, v)); (err == nil) != (a.StatusCode == 200) {
					t.Errorf("%s?%s=%.20s: %d %s, and the schema says %v", path, parameter.Name, v, a.StatusCode, a.body, err)
				}
			}
		}
	}
}

// written is a parameter's value as JSON, as OpenAPI reads it.
func written(schema []byte, v string) []byte {
	var s struct{ Type string }
	_ = json.Unmarshal(schema, &s)
	b, _ := json.Marshal(v)
	switch s.Type {
	case "array":
		return append(append([]byte("["), b...), ']')
	case "string":
		return b
	}
	if json.Valid([]byte(v)) {
		return []byte(v)
	}
	return b
}
