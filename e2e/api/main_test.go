// Package api shows the HTTP API of the real binary with eight workers: that
// events reach everybody, errors and readiness are told, and metrics are true.
package api

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
