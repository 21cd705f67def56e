package engineio_test

import (
	"io"
	"strings"
	"testing"
)

// TestRequestsBehindAHeldPoll sends many requests on one connection without
// waiting, every other one a poll that has to wait, and more behind them than
// the server reads ahead: each is answered, in order.
func TestRequestsBehindAHeldPoll(t *testing.T) {
	e := start(t)
	idle, busy := e.polling(t, "EIO=4"), e.polling(t, "EIO=4")
	body := strings.Repeat("x", 5_000)
	const rounds = 100
	line := dial(t, e.addr)
	sent := make(chan error, 1)
	go func() {
		var b strings.Builder
		for range rounds {
			b.WriteString(head("GET", idle.q, ""))
			b.WriteString(head("POST", busy.q, "4"+body, "Content-Type: text/plain;charset=UTF-8") + "4" + body)
		}
		_, err := io.WriteString(line.Conn, b.String())
		sent <- err
	}()
	for range rounds {
		until(t, "the session has the poll", func() (waiting bool) {
			e.on(t, func() { waiting = idle.session.Writable() })
			return
		})
		idle.say("answer")
		line.expect(200, "4answer")
		line.expect(200, "ok")
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
