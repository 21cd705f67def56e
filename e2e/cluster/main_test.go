// Package cluster shows how the processes of one ioserver, and of several on
// one bus, live, die and work together. See the tests' names.
package cluster

import (
	"flag"
	"os"
	"testing"

	"github.com/ioserver/ioserver/e2e/server"
)

// program is the test application, built once.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	return server.WithApp("..", func(binary string) int {
		program = binary
		return m.Run()
	})
}
