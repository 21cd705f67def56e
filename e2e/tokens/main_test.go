package tokens

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
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	into, err := os.MkdirTemp("", "ioserver-tokens-")
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
