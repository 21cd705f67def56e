package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"

	"github.com/ioserver/ioserver/worker/socketio"
)

// whoami tells the worker: its slot, which a socket's id begins with (after the
// node's two bytes), and its process.
func whoami(s *socketio.Socket, e *socketio.Event) error {
	id := s.ID()
	home, err := base64.RawURLEncoding.DecodeString(id[strings.LastIndexByte(id, '#')+1:][:4])
	if err != nil {
		return err
	}
	return e.Ack(map[string]any{"id": id, "slot": home[2], "pid": os.Getpid()})
}

// info tells what is known of how the socket came.
func info(s *socketio.Socket, e *socketio.Event) error {
	h := s.Handshake()
	path, _, _ := strings.Cut(h.URL, "?")
	return e.Ack(map[string]any{
		"query": map[string]any{
			"EIO": orNull(h.Query["EIO"]), "transport": orNull(h.Query["transport"]), "word": orNull(h.Query["word"]),
		},
		"auth":    json.RawMessage(h.Auth),
		"headers": map[string]any{"x-word": header(h, "x-word"), "host": header(h, "host")},
		"address": h.Address,
		"secure":  h.Secure,
		"xdomain": h.XDomain,
		"path":    path,
		"issued":  h.Issued > 1_600_000_000_000,
	})
}

func header(h socketio.Handshake, name string) any {
	if v, ok := h.Headers[name]; ok {
		return v
	}
	return nil
}

func orNull(values []string) any {
	if len(values) == 0 {
		return nil
	}
	return values[len(values)-1]
}
