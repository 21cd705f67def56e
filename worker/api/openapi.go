package api

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

// operation is what the OpenAPI document says of a route.
type operation struct {
	name       string
	says       string
	parameters []parameter
	fields     string   // the schema of the body, or of what parameters stand for; "": there are none
	answers    []string // schemas of the answer; none: text
	kind       string   // of the answer; "": JSON
	refused    string   // schema of 503; "": that of all errors
}

//go:embed schemas/*.json
var schemas embed.FS

// openapi is GET /api/openapi.json.
func (s *Server) openapi(ctx *fasthttp.RequestCtx) {
	s.counters.answered(fasthttp.StatusOK)
	answerJSON(ctx, document())
}

// document is the OpenAPI document, made when it is asked for first.
var document = sync.OnceValue(func() []byte {
	paths := make(map[string]any)
	used := map[string]bool{"error": true}
	for path, r := range routes {
		verb := "get"
		if r.body {
			verb = "post"
		}
		paths[path] = map[string]any{verb: r.describe(used)}
	}
	all := make(map[string]any)
	for name := range used {
		all[name] = schemaOf(name)
	}
	return encode(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "ioserver HTTP API", "version": "1",
			"description": "Emit events to Socket.IO clients from anywhere, and ask who is there. Any worker answers for all of them.",
		},
		"servers":  []any{map[string]any{"url": "http://127.0.0.1:3001", "description": "--api-listen"}},
		"security": []any{map[string]any{"token": []any{}}},
		"paths":    paths,
		"components": map[string]any{
			"schemas":         all,
			"securitySchemes": map[string]any{"token": map[string]any{"type": "http", "scheme": "bearer", "description": "Not needed over a Unix socket."}},
		},
	})
})

// describe is a route as an Operation Object. It notes the schemas that it uses.
func (r *route) describe(used map[string]bool) map[string]any {
	o := r.about
	kind := o.kind
	if kind == "" {
		kind = jsonKind
	}
	d := map[string]any{
		"operationId": o.name,
		"summary":     o.says,
		"responses": map[string]any{
			"200":     map[string]any{"description": "Done.", "content": map[string]any{kind: map[string]any{"schema": anyOf(o.answers, used)}}},
			"default": map[string]any{"description": "Refused.", "content": map[string]any{jsonKind: map[string]any{"schema": reference("error", used)}}},
		},
	}
	if o.refused != "" {
		d["responses"].(map[string]any)["503"] = map[string]any{"description": "Not now.", "content": map[string]any{jsonKind: map[string]any{"schema": reference(o.refused, used)}}}
	}
	if r.open {
		d["security"] = []any{}
	}
	switch {
	case r.body:
		d["requestBody"] = map[string]any{"required": true, "content": map[string]any{jsonKind: map[string]any{"schema": reference(o.fields, used)}}}
	case len(o.parameters) > 0:
		d["parameters"] = describeParameters(o)
	}
	return d
}

// describeParameters are Parameter Objects: each is the schema's field of that
// name.
func describeParameters(o *operation) (all []any) {
	fields := schemaOf(o.fields)["properties"].(map[string]any)
	for _, p := range o.parameters {
		field := fields[p.name].(map[string]any)
		d := map[string]any{"name": p.name, "in": "query"}
		if says, ok := field["description"]; ok {
			d["description"] = says
		}
		if field["type"] == "object" {
			d["content"] = map[string]any{jsonKind: map[string]any{"schema": field}}
		} else {
			d["schema"] = field
		}
		all = append(all, d)
	}
	return all
}

const jsonKind = "application/json"

func anyOf(names []string, used map[string]bool) map[string]any {
	switch len(names) {
	case 0:
		return map[string]any{"type": "string"}
	case 1:
		return reference(names[0], used)
	}
	var all []any
	for _, name := range names {
		all = append(all, reference(name, used))
	}
	return map[string]any{"anyOf": all}
}

func reference(name string, used map[string]bool) map[string]any {
	used[name] = true
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

// schemaOf is the contract's schema of that name, or this package's own, as part
// of a document.
func schemaOf(name string) map[string]any {
	raw := contract.Schema(name)
	if raw == nil {
		raw, _ = schemas.ReadFile("schemas/" + name + ".json")
	}
	var s map[string]any
	if err := json.Unmarshal(raw, &s); err != nil {
		panic("no schema " + strings.ToValidUTF8(name, "?")) // all are part of the binary
	}
	delete(s, "$schema")
	delete(s, "$id")
	return s
}
