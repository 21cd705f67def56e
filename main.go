//go:build linux

// The ioserver command: see package command.
package main

import (
	"os"

	"github.com/ioserver/ioserver/command"
)

func main() { os.Exit(command.Main(os.Args)) }
