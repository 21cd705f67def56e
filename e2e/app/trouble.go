package main

import (
	"os"
	"strings"

	"github.com/ioserver/ioserver/worker/socketio"
)

// trouble is what tests of a process's life ask for: the event "block", whose
// handler acknowledges and never returns; and the death, at its start, of the
// worker whose slot the file named by E2E_CRASH holds.
func trouble(io *socketio.Server) {
	if slot, err := os.ReadFile(os.Getenv("E2E_CRASH")); err == nil && strings.HasSuffix(os.Args[0], " "+string(slot)) {
		os.Exit(7)
	}
	io.Of("/").On("block", func(_ *socketio.Socket, e *socketio.Event) {
		_ = e.Ack("for ever")
		select {}
	})
}
