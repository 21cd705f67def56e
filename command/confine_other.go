//go:build !linux

package command

import "errors"

func confine() error { return errors.New("confine: on Linux only") }
