package main

import (
	"fmt"
	"os"
)

// part runs what this process is where its first argument says that it is not
// the one that measures, and tells whether it was.
func part() (was bool, err error) {
	if len(os.Args) < 2 {
		return false, nil
	}
	switch os.Args[1] {
	case crowdCommand:
		err = crowd(os.Args[2:], os.Stdin, os.Stdout)
	case natsCommand:
		err = serveNATS(os.Stdout)
	case applicationCommand:
		err = serveApplication(os.Args[2:], os.Stdout)
	default:
		return false, nil
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", os.Args[1], err)
	}
	return true, err
}
