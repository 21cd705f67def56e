package socketio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Why there is no answer of a socket is told by its name, whichever worker the
// socket is on.
func TestWhyNoAnswer(t *testing.T) {
	all := bounded(socketio.Limits{AcksPerSocket: 1, AnswerBytes: 1000}).hire(t, 2, serveAllRooms)
	for name, asking := range map[string]*sailor{"own": all[1], "another's": all[0]} {
		t.Run(name, func(t *testing.T) {
			one := func(b socketio.Broadcast, want error) {
				t.Helper()
				acks, err := b.EmitWithAck(t.Context(), "r")
				var partial *socketio.PartialError
				if !errors.As(err, &partial) || !errors.Is(err, want) || len(acks.Missing) != 1 {
					t.Errorf("%v, want %v", err, want)
				}
			}
			c := dial(t, all[1].addr, 4, "")
			to := asking.Of("/").To(c.join("/"))
			first := emitWithAck(t.Context(), to, "q")
			question := c.next()
			one(to, socketio.ErrTooManyAcks)
			c.send("43" + strings.TrimSuffix(strings.TrimPrefix(question, "42"), `["q"]`) + `["` + strings.Repeat("x", 1000) + `"]`)
			if got := receive(t, first); !errors.Is(got.err, socketio.ErrBusy) {
				t.Errorf("an answer too large: %v", got.err)
			}
			first = emitWithAck(t.Context(), to, "q")
			c.next()
			_ = c.conn.Close()
			if got := receive(t, first); !errors.Is(got.err, socketio.ErrDisconnected) {
				t.Errorf("a client that has gone: %v", got.err)
			}
			p := poll(t, all[1].addr, 4)
			p.post("40")
			id := strings.TrimSuffix(strings.TrimPrefix(p.get(), `40{"sid":"`), `"}`)
			one(asking.Of("/").To(id).Volatile(), socketio.ErrNotWritable) // no poll waits
		})
	}
}
