// Command chat is a chat server in one process. Clients of any Socket.IO
// version emit ["join", room] and ["say", room, text]; whoever is in the room
// hears ["said", id, text].
package main

import (
	"log"

	"github.com/ioserver/ioserver/worker/socketio"
)

func main() {
	io, err := socketio.NewServer(socketio.Options{})
	if err != nil {
		log.Fatal(err)
	}
	chat(io.Of("/"))
	log.Fatal(io.ListenAndServe("127.0.0.1:3000"))
}

// chat registers the handlers.
func chat(ns *socketio.Namespace) {
	ns.On("join", func(s *socketio.Socket, e *socketio.Event) {
		var room string
		if e.Decode(&room) == nil && s.Join(room) == nil {
			report(e.Ack("welcome"))
		}
	})
	ns.On("say", func(s *socketio.Socket, e *socketio.Event) {
		var room, text string
		if e.Decode(&room, &text) == nil {
			report(s.To(room).Emit("said", s.ID(), text))
		}
	})
}

func report(err error) {
	if err != nil {
		log.Print(err)
	}
}
