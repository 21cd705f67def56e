package socketio_test

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/socketio"
)

// FuzzInput sends messages to a live server on a session that has joined: 0x1e
// is between two messages, and one that begins with "b" is binary. Whatever
// they are, another client is served on.
func FuzzInput(f *testing.F) {
	for _, seed := range []string{
		`421["echo",1]`, `42["echo"]`, "451-[\"any\",{\"_placeholder\":true,\"num\":0}]\x1ebxyz", `40/b,{"a":1}`, "40/b,\x1e42/b,[\"any\",1]",
		`41`, "41\x1e40", `430["x"]`, "461-0[{\"_placeholder\":true,\"num\":0}]\x1eb", `44{}`, `450-["any"]`, `4511-["any"]`,
		`42[1e400]`, `42["any",[[[[[[]]]]]]]`, `42["join","x"]`, `42["ask"]`, "b", "2", "3", "1", "5", "6", `42["any",{"_placeholder":true,"num":9}]`,
		`429007199254740993["any"]`, `42/b?x=1,["any"]`, `42["leave"]`, "42[\"leave\"]\x1e42[\"any\"]",
		"40/d1,\x1e42/d1,[\"\\u0000\",{}]\x1e41/d1,", "40/f,{}\x1e40/f,", "40/d1?a=1#b,\x1e40/d1,",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	_, addr := start(f, socketio.Options{AttachmentTimeout: 50 * time.Millisecond, CleanupEmptyNamespaces: true}, func(s *socketio.Server) {
		for _, p := range []*socketio.ParentNamespace{
			s.OfRegexp(regexp.MustCompile("^/d")), s.OfFunc(func(name string, _ socketio.Handshake) bool { return name != "/g" }),
		} {
			p.OnAny(func(s *socketio.Socket, e *socketio.Event) { _ = s.Emit("heard", e.Name(), e.Args()) })
			p.OnAnyOutgoing(func(_ *socketio.Socket, o *socketio.Outgoing) {
				var name string
				if err := o.Decode(&name); err != nil || o.Name() != "heard" {
					f.Errorf("sent %q, %v", o.Name(), err)
				}
			})
		}
		ns := s.Of("/")
		ns.On("echo", func(s *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		ns.On("any", func(s *socketio.Socket, e *socketio.Event) {
			var a, b any
			var c struct{ X []byte }
			_ = e.Decode(&a, &b, &c)
			_ = s.Emit("again", a, e.Args(), b)
		})
		ns.On("join", func(s *socketio.Socket, e *socketio.Event) {
			var room string
			_ = e.Decode(&room)
			_ = s.Join(room)
			_ = s.To(room).Emit("joined", room)
		})
		ns.On("leave", func(s *socketio.Socket, _ *socketio.Event) { s.Disconnect(true) })
		s.Of("/b").Use(func(s *socketio.Socket) error { return s.SetData(s.Handshake().Auth) })
		s.Of("/b").On("any", func(*socketio.Socket, *socketio.Event) { panic("boom") })
	})
	healthy := connect(f, addr)
	f.Fuzz(func(t *testing.T, input []byte, newer bool) {
		eio := 3
		if newer {
			eio = 4
		}
		c := dial(t, addr, eio, "")
		if newer {
			c.join("/")
		}
		for m := range bytes.SplitSeq(input, []byte{0x1e}) {
			kind := websocket.TextMessage
			if rest, ok := bytes.CutPrefix(m, []byte("b")); ok {
				kind, m = websocket.BinaryMessage, rest
			}
			if c.conn.WriteMessage(kind, m) != nil {
				break // closed by now
			}
		}
		_ = c.conn.Close()
		healthy.t = t
		healthy.send(`42777["echo","still here"]`)
		for {
			got, err := healthy.read()
			if err != nil {
				t.Fatal(err)
			}
			if got == `43777["still here"]` {
				break
			}
		}
	})
}
