package socketio_test

import (
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// BenchmarkPublish is a broadcast to a room of a cluster, in which this worker
// has nobody.
func BenchmarkPublish(b *testing.B) {
	nodes := cluster(b, 1, func(*socketio.Server) {})
	for name, to := range map[string]socketio.Broadcast{
		"room":  nodes[0].Of("/").To("a room"),
		"rooms": nodes[0].Of("/").To("a room", "another", "a third"),
		"all":   nodes[0].Of("/").Except(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := to.Emit("m", "hello"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
