//go:build !linux

package sealed

import "errors"

var errSystem = errors.New("memory of a sealed size is there on Linux only")

// New fails on this system.
func New(Layout) (*Memory, error) { return nil, errSystem }

// Open fails on this system.
func Open(int, Layout) (*Memory, error) { return nil, errSystem }

// Close does nothing on this system.
func (m *Memory) Close() error { return nil }

// Discard does nothing on this system.
func Discard(int) error { return nil }
