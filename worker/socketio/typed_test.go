package socketio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

type order struct {
	Item  string `json:"item"`
	Count int    `json:"count"`
	Label []byte `json:"label,omitempty"`
}

type receipt struct {
	Total int `json:"total"`
}

func TestAnswer(t *testing.T) {
	failed := make(chan string, 10)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.On("order", socketio.Answer(func(ctx context.Context, s *socketio.Socket, o order) (receipt, error) {
			switch {
			case ctx != s.Context() || ctx.Err() != nil:
				return receipt{}, errors.New("not the socket's context")
			case o.Item == "none":
				return receipt{}, &socketio.EventError{Code: "sold_out", Message: "there is none"}
			case o.Item == "wrapped":
				return receipt{}, fmt.Errorf("order: %w", &socketio.EventError{Code: "inner", Message: "inside"})
			case o.Item == "secret":
				return receipt{}, errors.New("password is 1234")
			}
			return receipt{o.Count * 2}, nil
		}))
		ns.On("nothing", socketio.Answer(func(context.Context, *socketio.Socket, struct{}) (string, error) { return "ok", nil }))
		ns.On("raw", socketio.Answer(func(_ context.Context, _ *socketio.Socket, a *socketio.Args) (*socketio.Args, error) { return a, nil }))
		ns.On("bytes", socketio.Answer(func(_ context.Context, _ *socketio.Socket, o order) ([]byte, error) { return o.Label, nil }))
		ns.On("unencodable", socketio.Answer(func(context.Context, *socketio.Socket, struct{}) (chan int, error) { return nil, nil }))
		ns.On("time", socketio.Answer(func(_ context.Context, _ *socketio.Socket, at time.Time) (time.Time, error) { return at, nil }))
		ns.OnEventError(func(_ *socketio.Socket, e *socketio.Event, err error) { failed <- e.Name() + ": " + err.Error() })
	})
	c := connect(t, addr)
	for _, tt := range []struct{ send, answer, failed string }{
		{`421["order",{"item":"x","count":3}]`, `431[{"total":6}]`, ""},
		{`421["order",{"item":"none"}]`, `431[{"error":{"code":"sold_out","message":"there is none"}}]`, "order: there is none"},
		{`421["order",{"item":"wrapped"}]`, `431[{"error":{"code":"inner","message":"inside"}}]`, "order: order: inside"},
		{`421["order",{"item":"secret"}]`, `431[{"error":{"code":"internal","message":"internal error"}}]`, "order: password is 1234"},
		{`421["order"]`, `431[{"error":{"code":"invalid_argument","message":"the argument is missing"}}]`, "order: the argument is missing: missing argument: 0 of 1"},
		{`421["order",[]]`, `431[{"error":{"code":"invalid_argument","message":"the argument is of the wrong type: array"}}]`, "order: the argument is of the wrong type: array: argument 0: "},
		{`421["order",{"count":"3"}]`, `431[{"error":{"code":"invalid_argument","message":"count is of the wrong type: string"}}]`, "order: count is of the wrong type: string: "},
		{`421["time","noon"]`, `431[{"error":{"code":"invalid_argument","message":"the argument is not understood"}}]`, "time: the argument is not understood: "},
		{`421["nothing",7]`, `431["ok"]`, ""},
		{`421["nothing"]`, `431["ok"]`, ""},
		{`421["raw",1,[2]]`, `431[1,[2]]`, ""},
		{`421["unencodable"]`, `431[{"error":{"code":"internal","message":"internal error"}}]`, "unencodable: "},
	} {
		c.send(tt.send)
		c.expect(tt.answer)
		if tt.failed == "" {
			continue
		}
		if got := receive(t, failed); !strings.HasPrefix(got, tt.failed) {
			t.Errorf("%s: failed with %q, want %q", tt.send, got, tt.failed)
		}
	}
	c.send(`451-1["bytes",{"label":{"_placeholder":true,"num":0}}]`)
	c.sendBinary([]byte("x"))
	c.expect(`461-1[{"_placeholder":true,"num":0}]`, `b"x"`)
	c.send(`42["order",{"item":"x"}]`) // nobody waits
	c.send(`421["nothing"]`)
	c.expect(`431["ok"]`)
}

func TestHandle(t *testing.T) {
	got := make(chan string, 10)
	var log lockedBuffer
	_, addr := start(t, socketio.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(s *socketio.Server) {
		s.Of("/").On("say", socketio.Handle(func(_ context.Context, _ *socketio.Socket, text string) error {
			got <- text
			if text == "fail" {
				return errors.New("cannot")
			}
			return nil
		}))
		s.Of("/").On("wait", socketio.Handle(func(ctx context.Context, _ *socketio.Socket, _ struct{}) error {
			got <- "waiting"
			<-ctx.Done()
			return ctx.Err()
		}))
		s.Of("/").OnDisconnect(func(*socketio.Socket, string) { got <- "gone" })
	})
	c := connect(t, addr)
	c.send(`42["say",1]`) // not a text
	c.send(`42["say","fail"]`)
	c.send(`421["say","hello"]`)
	if a, b := receive(t, got), receive(t, got); a != "fail" || b != "hello" {
		t.Errorf("got %q and %q", a, b)
	}
	c.send(`42["wait"]`)
	receive(t, got)
	c.send("41")
	receive(t, got) // a client that has gone is nothing to log
	if l := log.String(); strings.Count(l, "a handler has failed") != 1 || !strings.Contains(l, "error=cannot") || !strings.Contains(l, "event=say") {
		t.Errorf("log is %s", l)
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
