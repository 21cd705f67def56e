//go:build !unix

package rawio

import "errors"

// Read fails: descriptors are Unix's.
func Read(int, []byte) (int, error) { return 0, errors.ErrUnsupported }

// Write fails: descriptors are Unix's.
func Write(int, []byte) (int, error) { return 0, errors.ErrUnsupported }

func shutdownWrite(int) error { return errors.ErrUnsupported }
