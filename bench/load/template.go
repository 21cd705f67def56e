package load

import (
	"errors"
	"strings"
)

// template is the body of a trigger: text, and what is put in.
type template struct {
	parts []string // at odd places the name of what is put in
}

var errTemplate = errors.New("the body has no {payload}")

// parseTemplate reads a body with {payload}, {room} and {event} in it; other
// braces are text, as JSON is full of them.
func parseTemplate(body, event string) (template, error) {
	if !strings.Contains(body, "{payload}") {
		return template{}, errTemplate
	}
	body = strings.ReplaceAll(body, "{event}", event)
	var t template
	for {
		p, r := strings.Index(body, "{payload}"), strings.Index(body, "{room}")
		at, name := p, "payload"
		if p < 0 || r >= 0 && r < p {
			at, name = r, "room"
		}
		if at < 0 {
			t.parts = append(t.parts, body)
			return t, nil
		}
		t.parts = append(t.parts, body[:at], name)
		body = body[at+len(name)+2:]
	}
}

// append appends the body with payload and room.
func (t *template) append(dst, payload []byte, room string) []byte {
	for i, part := range t.parts {
		switch {
		case i%2 == 0:
			dst = append(dst, part...)
		case part == "room":
			dst = append(dst, room...)
		default:
			dst = append(dst, payload...)
		}
	}
	return dst
}
