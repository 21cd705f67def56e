package socketio

import (
	"encoding/json"
	"strings"
	"testing"
)

// rawArgument is 100 bytes of JSON.
var rawArgument = json.RawMessage(`{"user":"somebody","text":"` + strings.Repeat("word ", 10) + `","at":1234567890123}`)

// BenchmarkEncodeRaw is the encoding of an event with one argument that is JSON
// already, and with the same as a string, which is not looked into.
func BenchmarkEncodeRaw(b *testing.B) {
	for _, bench := range []struct {
		name string
		arg  any
	}{{"raw", rawArgument}, {"string", string(rawArgument)}} {
		b.Run(bench.name, func(b *testing.B) {
			args := []any{bench.arg}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encodeEvent(header{namespace: "/"}, "message", args); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
