package api

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

// parameter is a field of a command that a query has as its parameter of the
// same name.
type parameter struct {
	name  string
	list  bool                                        // may be repeated
	value func(text string) (json.RawMessage, string) // or what is wanted
}

// The parameters of GET /api/sockets and /api/rooms.
var (
	namespaceParameter = parameter{name: "namespace", value: textValue}
	roomsParameters    = []parameter{
		namespaceParameter, {name: "rooms", list: true, value: textValue}, {name: "except", list: true, value: textValue},
		{name: "data", value: objectValue}, {name: "limit", value: numberValue}, {name: "after", value: textValue},
	}
	socketsParameters = append(roomsParameters[:len(roomsParameters):len(roomsParameters)], parameter{name: "handshake", value: booleanValue})
)

// query serves a command whose fields are the URL's parameters.
func query(name string, known []parameter) func(*Server, *fasthttp.RequestCtx) {
	return func(s *Server, ctx *fasthttp.RequestCtx) {
		fields, r := fieldsOf(ctx, known)
		if r != nil {
			s.refuse(ctx, r, false)
			return
		}
		if !s.begin(ctx, &s.counters.queries, s.limits.queries, "queries at work") {
			return
		}
		defer s.counters.queries.Add(-1)
		s.execute(ctx, name, encode(fields))
	}
}

// fieldsOf are a command's fields, of the parameters that are known.
func fieldsOf(ctx *fasthttp.RequestCtx, known []parameter) (map[string]any, *refusal) {
	fields := make(map[string]any)
	for name, text := range ctx.QueryArgs().All() {
		p := find(known, string(name))
		if p == nil {
			return nil, bad("unknown_parameter", "parameter %s is unknown: %s takes %s", contract.Show(name), ctx.Path(), namesOf(known))
		}
		if !utf8.Valid(text) {
			return nil, bad(contract.InvalidValue, "parameter %q is not UTF-8", p.name)
		}
		v, wanted := p.value(string(text))
		if wanted != "" {
			return nil, bad(contract.InvalidValue, "parameter %q is %s: %s is wanted", p.name, contract.Show(text), wanted)
		}
		before, there := fields[p.name]
		switch {
		case p.list:
			list, _ := before.([]json.RawMessage)
			fields[p.name] = append(list, v)
		case there:
			return nil, bad("duplicate_parameter", "parameter %q is there twice", p.name)
		default:
			fields[p.name] = v
		}
	}
	return fields, nil
}

func find(known []parameter, name string) *parameter {
	for i := range known {
		if known[i].name == name {
			return &known[i]
		}
	}
	return nil
}

func namesOf(known []parameter) string {
	if len(known) == 0 {
		return "none"
	}
	all := known[0].name
	for i, p := range known[1:] {
		if i == len(known)-2 {
			all += " and " + p.name
		} else {
			all += ", " + p.name
		}
	}
	return all
}

func textValue(text string) (json.RawMessage, string) {
	b, _ := json.Marshal(text) // a string has a JSON
	return b, ""
}

func numberValue(text string) (json.RawMessage, string) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, "an integer"
	}
	return strconv.AppendInt(nil, int64(n), 10), ""
}

func booleanValue(text string) (json.RawMessage, string) {
	if text != "true" && text != "false" {
		return nil, "true or false"
	}
	return json.RawMessage(text), ""
}

func objectValue(text string) (json.RawMessage, string) {
	if !json.Valid([]byte(text)) {
		return nil, "a JSON object"
	}
	return json.RawMessage(text), ""
}
