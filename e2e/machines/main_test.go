// Package machines shows ioserver on several machines: network namespaces of
// this one (package network), each with the real binary or a NATS server. See
// the tests' names.
package machines

import (
	"flag"
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
	return server.WithApp("..", func(binary string) int {
		program = binary
		return m.Run()
	})
}
