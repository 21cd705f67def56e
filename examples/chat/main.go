// Command chat is an ioserver with a chat in it: it has the flags, the workers
// and everything else of the ioserver binary.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"

	"github.com/ioserver/ioserver/command"
	"github.com/ioserver/ioserver/worker/socketio"
)

// line is what clients send and hear, in parts.
type line struct {
	Room string `json:"room,omitempty"`
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
}

func main() { os.Exit(command.Main(os.Args, chat)) }

func chat(io *socketio.Server) {
	io.Of("/").Use(enter)
	io.Of("/").On("join", socketio.Answer(join))
	io.Of("/").On("say", socketio.Answer(say))
	io.Of("/").On("who", socketio.Answer(who))
	io.Of("/").OnDisconnect(func(s *socketio.Socket, _ string) { _ = s.To("lobby").Emit("left", by(s, line{})) })
}

func enter(s *socketio.Socket) error {
	me := line{Name: s.Handshake().Query.Get("name")}
	if err := json.Unmarshal(s.Handshake().Auth, &me); err != nil || me.Name == "" {
		return &socketio.ConnectError{Message: "who are you?", Data: map[string]string{"code": "no_name"}}
	}
	joined := line{Room: "lobby", Name: me.Name}
	return errors.Join(s.SetData(line{Name: me.Name}), s.To("lobby").Emit("joined", joined), s.Join("lobby"))
}

func join(_ context.Context, s *socketio.Socket, l line) (string, error) {
	return "ok", errors.Join(s.Join(l.Room), s.To(l.Room).Emit("joined", by(s, l)))
}

func say(_ context.Context, s *socketio.Socket, l line) (string, error) {
	if !slices.Contains(s.Rooms(), l.Room) {
		return "", &socketio.EventError{Code: "not_in_room", Message: "join it first"}
	}
	return "ok", s.To(l.Room).Emit("said", by(s, l))
}

func who(ctx context.Context, s *socketio.Socket, l line) ([]line, error) {
	there, err := s.Namespace().In(l.Room).FetchSockets(ctx)
	names := make([]line, len(there))
	for i, socket := range there {
		err = errors.Join(err, socket.Data(&names[i]))
	}
	return names, err
}

// by is l with the name of its author.
func by(s *socketio.Socket, l line) line { _ = s.Data(&l); return l }
