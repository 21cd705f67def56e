package socketio

import (
	"testing"
	"unsafe"
)

// A socket fills one of the allocator's sizes: a field more would cost every
// idle client 32 bytes.
func TestSocketSize(t *testing.T) {
	if n := unsafe.Sizeof(Socket{}); n > 256 {
		t.Errorf("%d bytes", n)
	}
}
