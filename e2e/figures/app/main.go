// Command app is ioserver with the handlers that figures are measured with.
package main

import (
	"os"
	"time"

	"github.com/ioserver/ioserver/command"
	"github.com/ioserver/ioserver/worker/socketio"
)

// pause is how long the slow handler takes.
const pause = 50 * time.Millisecond

func main() {
	os.Exit(command.Main(os.Args, register))
}

func register(io *socketio.Server) {
	n := io.Of("/")
	n.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
	n.On("slow", func(_ *socketio.Socket, e *socketio.Event) {
		time.Sleep(pause)
		_ = e.Ack(e.Args())
	})
	n.On("enter", enter)
	n.On("tell", tell)
}

// enter has the socket join the rooms of the first argument, and acknowledges it.
func enter(s *socketio.Socket, e *socketio.Event) {
	var rooms []string
	if e.Decode(&rooms) != nil || s.Join(rooms...) != nil {
		s.Disconnect(true) // the load counts it as lost
		return
	}
	_ = e.Ack(e.Args())
}

// tell emits the event "m" with the second argument to the room that the first
// one names, or to everybody where that is empty.
func tell(s *socketio.Socket, e *socketio.Event) {
	var room, word string
	err := e.Decode(&room, &word)
	switch {
	case err != nil:
	case room == "":
		err = s.Namespace().Emit("m", word)
	default:
		err = s.Namespace().To(room).Emit("m", word)
	}
	if err != nil {
		s.Disconnect(true)
	}
}
