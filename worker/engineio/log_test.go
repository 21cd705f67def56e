package engineio_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// lines are log lines as JSON, one a value.
type lines chan map[string]any

func (l lines) Write(b []byte) (int, error) {
	var line map[string]any
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&line); err != nil {
		return 0, err
	}
	l <- line
	return len(b), nil
}

func (l lines) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case line := <-l:
		return line
	case <-time.After(patience):
		t.Fatal("no line was logged")
		return nil
	}
}

// logged sends the server's lines, those of the front too, from a level on.
func logged(level slog.Level) (lines, func(*setup)) {
	l := make(lines, 64)
	logger := slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
	return l, func(s *setup) { s.options.Logger, s.logger = logger, logger }
}

// TestRefusedOriginIsLogged, with what the operator has to do about it.
func TestRefusedOriginIsLogged(t *testing.T) {
	l, log := logged(slog.LevelInfo)
	e := start(t, log)
	w := dial(t, e.addr)
	for range 2 {
		w.get("EIO=4&transport=polling", "Origin: https://evil.test")
		w.expect(403, forbidden)
		line := l.next(t)
		for key, want := range map[string]any{
			"level": "WARN", "msg": "request of another origin refused: name it with --cors-origin to let it in",
			"origin": "https://evil.test", "host": "host.test", "address": w.LocalAddr().String(),
		} {
			if line[key] != want {
				t.Errorf("%s: %v, want %v", key, line[key], want)
			}
		}
	}
	if len(l) != 0 {
		t.Errorf("another line: %v", <-l)
	}
}

// TestPanicIsLogged with the session that it ended, and whose that was.
func TestPanicIsLogged(t *testing.T) {
	l, log := logged(slog.LevelInfo)
	e := start(t, log, handler(func(a *app) {
		a.message = func(*engineio.Session, []byte, bool) bool { panic("mine") }
	}))
	s := e.openSocket(t, "EIO=4")
	sid := e.session(t).ID()
	s.text("4a")
	s.ended()
	line := l.next(t)
	if line["level"] != "ERROR" || line["sid"] != sid || line["address"] != s.LocalAddr().String() || line["panic"] != "mine" {
		t.Errorf("line %v", line)
	}
}

// TestAddressIsLogged where there is one.
func TestAddressIsLogged(t *testing.T) {
	l, log := logged(slog.LevelDebug)
	e := start(t, log)
	remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}
	for _, c := range []struct {
		remote net.Addr
		want   any
	}{{remote, "192.0.2.1:7"}, {nil, nil}, {&net.UnixAddr{Net: "unix"}, nil}} {
		w := descriptor(t, e, nil, c.remote)
		w.write("no request\r\n\r\n")
		_, _ = io.Copy(io.Discard, w.r)
		line := l.next(t)
		for line["msg"] != "connection ended" {
			line = l.next(t)
		}
		if address, ok := line["address"]; address != c.want || ok != (c.want != nil) {
			t.Errorf("%v: line %v", c.remote, line)
		}
	}
}
