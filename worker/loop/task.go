package loop

import (
	"errors"
	"fmt"
)

// ErrStopped is what a connection is closed with, and what Post and Attach return, once Stop has been called.
var ErrStopped = errors.New("event loop stopped")

// Task is work for the loop's goroutine. Run must not block.
type Task interface{ Run() }

// Func makes a plain function a Task.
type Func func()

// Run calls f.
func (f Func) Run() { f() }

// PanicError is what a connection is closed with when a call made for it panicked.
type PanicError struct{ Value any }

func (e *PanicError) Error() string { return fmt.Sprintf("panic on the event loop: %v", e.Value) }

// Unwrap returns the panic's value where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
