package engineio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/engineio"
)

// FuzzConnection writes raw bytes to one connection of a front, then ends it,
// as a client that vanishes. SID stands for a session that polls and has
// something queued. The server must not panic, and must have nothing left.
func FuzzConnection(f *testing.F) {
	get := func(q string, lines ...string) string { return head("GET", q, "", lines...) }
	upgrade := func(q string) string { return get(q, upgradeLines...) }
	polling, socket := "EIO=4&transport=polling", "EIO=4&transport=websocket"
	for _, seed := range []string{
		"",
		get(polling), get("transport=polling&j=0"), get("EIO=3&transport=polling&b64=1", "Accept-Encoding: gzip", "Origin: http://host.test"),
		get(polling + "&sid=SID"), get(polling+"&sid=SID") + get(polling+"&sid=SID"),
		head("POST", polling+"&sid=SID", "4a\x1eb4AQ==") + "4a\x1eb4AQ==" + get(polling+"&sid=SID"),
		strings.Replace(head("POST", polling+"&sid=SID", "", "Transfer-Encoding: chunked"), "Content-Length: 0\r\n", "", 1) + "2\r\n4a\r\n0\r\n\r\n",
		head("OPTIONS", polling, "", "Origin: https://a.test", "Access-Control-Request-Method: POST"),
		upgrade(socket) + text("4hello") + frame(true, ws.OpBinary, "\x01") + frame(true, ws.OpPing, "x") + frame(true, ws.OpClose, "\x03\xe8"),
		upgrade(socket) + frame(false, ws.OpText, "4a") + frame(true, ws.OpContinuation, "b"),
		upgrade(socket+"&sid=SID") + text("2probe") + text("5") + text("4a"),
		get(polling+"&sid=SID") + upgrade(socket+"&sid=SID") + text("2probe") + text("1"),
		"GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01", "POST /engine.io/ HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	alarm := new(alarms)
	e := start(f, func(s *setup) { s.logger = slog.New(alarm) }, origins(true, "https://a.test"), options(func(o *engineio.Options) {
		ids := 0
		o.GenerateID = func(r *engineio.Request) (string, error) {
			if r.Query().Has("mine") {
				return "SID", nil
			}
			ids++ // one connection at a time, and one request of it
			return fmt.Sprint("other", ids), nil
		}
		o.MaxHTTPBufferSize = 10_000
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := dial(t, e.addr)
		w.get("EIO=4&transport=polling&mine=1")
		w.answer()
		_ = w.Close()
		e.on(t, func() { e.server.Session("SID").Send(messages("queued")...) })
		w = dial(t, e.addr)
		if _, err := io.Copy(w, bytes.NewReader(b)); err == nil {
			_ = w.Conn.(interface{ CloseWrite() error }).CloseWrite()
			if _, err := io.Copy(io.Discard, w); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection outlives its client")
			}
		}
		_ = w.Close()
		e.settled(t)
		if n := alarm.Load(); n > 0 {
			t.Fatal(n, " errors in the log")
		}
	})
}

// alarms counts errors that are logged.
type alarms struct{ atomic.Int64 }

func (a *alarms) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (a *alarms) Handle(context.Context, slog.Record) error    { a.Add(1); return nil }
func (a *alarms) WithAttrs([]slog.Attr) slog.Handler           { return a }
func (a *alarms) WithGroup(string) slog.Handler                { return a }

// settled ends every session, waits until no connection is left, and fails
// where the handler or the loop had a panic.
func (e *engine) settled(t testing.TB) {
	t.Helper()
	until(t, "nothing is read", func() bool { return e.front.Reading() == 0 })
	until(t, "nothing is left", func() bool {
		e.on(t, func() {
			for _, s := range engineio.Sessions(e.server) {
				s.Fail("the end")
			}
		})
		st := e.server.Stats()
		return st.Polling.V3+st.Polling.V4+st.WebSocket.V3+st.WebSocket.V4 == 0 && st.Held == 0
	})
	if st := e.server.Stats(); st.Panics > 0 || e.loop.Stats().Panics > 0 {
		t.Fatal("a panic: ", st.Panics, e.loop.Stats().Panics)
	}
	for len(e.opened) > 0 {
		<-e.opened
	}
	for len(e.closed) > 0 {
		<-e.closed
	}
}
