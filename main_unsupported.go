//go:build !linux

// The ioserver command, on a system that it does not run on.
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	fmt.Fprintf(os.Stderr, "ioserver: runs on Linux only, and this is %s\n", runtime.GOOS)
	os.Exit(1)
}
