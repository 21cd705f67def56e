// Package machines shows ioserver on several machines: network namespaces of
// this one (package network), each with the real binary or a NATS server. See
// the tests' names.
package machines

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/ioserver/ioserver/e2e/server"
)

// program is the test application, built once.
var program string

func TestMain(m *testing.M) {
	if os.Getenv(natsEnv) != "" { // this process is to be a NATS server
		serveNATS()
		return
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	into, err := os.MkdirTemp("", "ioserver-machines-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(into)
	if program, err = server.Build("..", into); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
