//go:build !linux

package estate

import (
	"errors"
	"os"
)

// New fails on this system.
func New() (*os.File, error) {
	return nil, errors.New("estate: memory that outlives a worker is there on Linux only")
}
