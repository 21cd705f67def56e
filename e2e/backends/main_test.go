// Package backends shows the chats of ../../examples with official clients and
// the real binary, started as their README says.
package backends

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs are the binaries that the README of the examples names, built once.
var programs map[string]string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	into, err := os.MkdirTemp("", "ioserver-backends-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(into)
	programs = make(map[string]string)
	for name, source := range map[string]string{"bin/ioserver": ".", "../../bin/ioserver": ".", "bin/chat": "./examples/chat"} {
		programs[name] = filepath.Join(into, filepath.Base(name))
		build := exec.Command("go", "build", "-o", programs[name], source)
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", source, err, out)
			return 1
		}
	}
	return m.Run()
}
