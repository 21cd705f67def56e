// Command app is ioserver with the test application: the same behaviour as
// ../reference/app.mjs, event for event.
package main

import (
	"os"

	"github.com/ioserver/ioserver/command"
	"github.com/ioserver/ioserver/worker/socketio"
)

func main() {
	os.Exit(command.Main(os.Args, register))
}

func register(io *socketio.Server) {
	trouble(io)
	io.Of("/admin").Use(admit)
	io.Of("/closed").Use(func(*socketio.Socket) error {
		return &socketio.ConnectError{Message: "closed for all"}
	})
	report := newReporter()
	for _, name := range []string{"/", "/chat", "/admin", "/closed", "/room/ü"} {
		behave(io.Of(name), report)
	}
	dynamic(io, report)
}

// admit lets in who brings the token, by auth or by the query.
func admit(s *socketio.Socket) error {
	h := s.Handshake()
	var auth struct{ Token any }
	if err := unmarshal(h.Auth, &auth); err != nil {
		return err
	}
	if auth.Token == nil && h.Query.Has("token") {
		token := h.Query["token"]
		auth.Token = token[len(token)-1]
	}
	if auth.Token == "secret" {
		return nil
	}
	return &socketio.ConnectError{Message: "not allowed", Data: map[string]any{"code": 401, "token": auth.Token}}
}
