package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// Limited is New with limits of the test's own; a zero leaves one as it is.
func Limited(o Options, connections, atWork int, head, body, idle time.Duration) (*Server, error) {
	l := defaultLimits
	if connections > 0 {
		l.connections = connections
	}
	if atWork > 0 {
		l.atWork = atWork
	}
	for _, d := range []struct{ to, from *time.Duration }{{&l.head, &head}, {&l.body, &body}, {&l.idle, &idle}} {
		if *d.from > 0 {
			*d.to = *d.from
		}
	}
	return newServer(o, l)
}

// Lingering is New with connections that may be open, and patience with those
// that are turned away.
func Lingering(o Options, connections int, patience time.Duration) (*Server, error) {
	l := defaultLimits
	l.connections, l.linger = connections, patience
	return newServer(o, l)
}

// The bounds, for tests to go beyond.
const (
	LeastBody   = leastBody
	HeaderBytes = headerBytes
	MaxRooms    = maxRooms
	MaxRoomName = maxRoomName
	Connections = connections
)

// CheckBody compares what is read from a body with what encoding/json reads.
func CheckBody(t *testing.T, b []byte) {
	var e emission
	if e.parse(b) != nil {
		return
	}
	var want struct {
		Namespace     *string
		Event         string
		Args          json.RawMessage
		Rooms, Except []string
		Volatile      bool
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatalf("%q is taken: %v", b, err)
	}
	if want.Namespace == nil {
		root := "/"
		want.Namespace = &root
	}
	if want.Event != e.event || *want.Namespace != e.namespace || !bytes.Equal(want.Args, e.args) ||
		want.Volatile != e.volatile || !slices.Equal(want.Rooms, e.rooms) || !slices.Equal(want.Except, e.except) {
		t.Fatalf("%q is %+v, want %+v", b, e, want)
	}
}
