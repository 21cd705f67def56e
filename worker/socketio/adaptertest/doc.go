// Package adaptertest is the conformance suite of [socketio.Adapter]: what
// servers rely on, as tests that any implementation runs with [Run].
//
// It tells of what happens while all is well. What an adapter does when its
// network fails is its own to say, and to test.
package adaptertest
