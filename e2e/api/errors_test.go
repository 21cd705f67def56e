package api

import (
	"encoding/json"
	"strings"
	"testing"
)

// Each error has its status and code, from the real thing.
func TestErrors(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--workers=2")
	post := func(lines, body string) string {
		return strings.Replace(request(body), authorization+"Content-Type: application/json\r\n", lines, 1)
	}
	const kind = "Content-Type: application/json\r\n"
	for _, x := range []struct {
		network, request string
		status           int
		code, says       string
	}{
		{"tcp", request(`{"event":`), 400, "invalid_json", ""},
		{"tcp", request(`{"event":"m","room":"x"}`), 400, "unknown_field", "room"},
		{"tcp", request(`{"event":"m","event":"m"}`), 400, "duplicate_field", "event"},
		{"tcp", request(`{"args":[]}`), 400, "missing_field", "event"},
		{"tcp", request(`{"event":"m","args":"x"}`), 400, "wrong_type", "args"},
		{"tcp", request(`{"event":"m","rooms":[]}`), 400, "invalid_value", "rooms"},
		{"tcp", request(`{"event":"m","namespace":"/` + strings.Repeat("x", 2000) + `"}`), 400, "unknown_namespace", "/x"},
		{"tcp", request(`{"event":"disconnect"}`), 400, "reserved_event", "disconnect"},
		{"tcp", request(`{"event":"m","rooms":["x"` + strings.Repeat(`,"x"`, 10_000) + `]}`), 400, "too_many_rooms", "rooms"},
		{"tcp", "what?\r\n\r\n", 400, "bad_request", ""},
		{"tcp", post(kind, `{"event":"m"}`), 401, "unauthorized", ""},
		{"tcp", post("Authorization: Bearer x\r\n"+kind, `{"event":"m"}`), 401, "unauthorized", ""},
		{"unix", post("Authorization: Bearer x\r\n"+kind, `{"event":"m"}`), 401, "unauthorized", ""},
		{"tcp", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 401, "unauthorized", ""},
		{"tcp", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404, "not_found", ""},
		{"tcp", "GET /api/emit HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method_not_allowed", "POST"},
		{"tcp", request(`{"event":"m","args":["` + strings.Repeat("x", 1<<20) + `"]}`), 413, "too_large", "1048576"},
		{"tcp", post(authorization, `{"event":"m"}`), 415, "unsupported_media_type", "application/json"},
		{"tcp", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n", 431, "head_too_large", ""},
	} {
		address := map[string]string{"tcp": p.tcp, "unix": p.unix}[x.network]
		c := dial(t, x.network, address)
		go c.conn.Write([]byte(x.request)) //nolint: the server need not read it all
		status, body := c.answer()
		var e struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != x.status || e.Error.Code != x.code || !strings.Contains(e.Error.Message, x.says) {
			t.Errorf("%s %.60q: %d %s, want %d %s", x.network, x.request, status, body, x.status, x.code)
		}
	}
	dial(t, "tcp", p.tcp).emits(`{"event":"m"}`)
	c := dial(t, "unix", p.unix)
	c.write(post(kind, `{"event":"m"}`))
	if status, body := c.answer(); status != 200 {
		t.Errorf("without a token over a Unix socket: %d %s", status, body)
	}
}

// A worker has a bound on its connections; it tells those beyond it to come
// again, and goes on.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--workers=1")
	const most = 1024 // see docs/configuration.md
	all := make([]*call, most)
	for i := range all {
		all[i] = dial(t, "tcp", p.tcp)
		all[i].write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if status, _ := all[i].answer(); status != 200 {
			t.Fatalf("connection %d: %d", i, status)
		}
	}
	late := dial(t, "tcp", p.tcp)
	late.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if status, body := late.answer(); status != 429 || !strings.Contains(body, `"too_many_connections"`) {
		t.Errorf("%d %s", status, body)
	}
	all[0].emits(`{"event":"m"}`)
}

// The API is not on the public port, and the clients' path not on the API's.
func TestSurfaces(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--workers=2")
	for _, x := range []struct {
		address, request string
		status           int
	}{
		{p.Addr, request(`{"event":"m"}`), 404},
		{p.Addr, "GET /metrics HTTP/1.1\r\nHost: x\r\n" + authorization + "\r\n", 404},
		{p.Addr, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		{p.Addr, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		{p.tcp, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n" + authorization + "\r\n", 404},
		{p.tcp, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 404},
		{p.tcp, "GET /socket.io/socket.io.js HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	} {
		c := dial(t, "tcp", x.address)
		c.write(x.request)
		if status, body := c.answer(); status != x.status {
			t.Errorf("%s %.50q: %d %s", x.address, x.request, status, body)
		}
	}
}
