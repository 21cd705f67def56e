//go:build !linux

package engineio

import "errors"

// Nothing here is ever called: there is no event loop on this system, as
// loop.New says.

func duplicate(int) (int, error) { return -1, errors.ErrUnsupported }

func closeDescriptor(int) {}
