package main

import (
	"fmt"
	"net"
	"os"
)

// reporter tells what happens to sockets, a datagram each, to the address in
// E2E_EVENTS.
type reporter struct{ conn net.Conn }

func newReporter() reporter {
	addr := os.Getenv("E2E_EVENTS")
	if addr == "" {
		return reporter{}
	}
	conn, err := net.Dial("udp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report events:", err)
		os.Exit(1)
	}
	return reporter{conn}
}

func (r reporter) tell(format string, args ...any) {
	if r.conn != nil {
		fmt.Fprintf(r.conn, format, args...)
	}
}
