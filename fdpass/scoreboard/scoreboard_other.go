//go:build !linux

package scoreboard

import "errors"

var errSystem = errors.New("scoreboard: runs on Linux only")

// New fails on this system.
func New(int) (*Board, error) { return nil, errSystem }

// Open fails on this system.
func Open(int, int) (*Board, error) { return nil, errSystem }

// Close does nothing on this system.
func (b *Board) Close() error { return nil }

// Now is 0 on this system.
func Now() int64 { return 0 }

// Measure measures nothing on this system.
func (r *Row) Measure() {}
