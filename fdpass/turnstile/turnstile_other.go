//go:build !linux

package turnstile

import "errors"

var errSystem = errors.New("turnstile: runs on Linux only")

// New fails on this system.
func New(int) (*Board, error) { return nil, errSystem }

// Open fails on this system.
func Open(int, int) (*Board, error) { return nil, errSystem }

// Close does nothing on this system.
func (b *Board) Close() error { return nil }
