// Command chat is a chat server in one process. A client of any Socket.IO
// version emits ["say", text]; all others hear ["said", id, text].
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
	io.Of("/").On("say", say)
	log.Fatal(io.ListenAndServe("127.0.0.1:3000"))
}

func say(s *socketio.Socket, e *socketio.Event) {
	var text string
	if err := e.Decode(&text); err != nil {
		return // not what this server's clients send
	}
	if err := s.Broadcast().Emit("said", s.ID(), text); err != nil {
		log.Print(err)
	}
}
