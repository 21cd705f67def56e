// Package backend shows applications outside of the real binary, over NATS and
// by webhook, and what they hear when workers, machines and applications die.
package backend

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the real binary, built once.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	into, err := os.MkdirTemp("", "ioserver-backend-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(into)
	program = filepath.Join(into, "ioserver")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build ioserver: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
