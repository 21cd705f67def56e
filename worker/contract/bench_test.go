package contract_test

import (
	"log/slog"
	"testing"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// BenchmarkEmit is an emission to one client that is not here, from its body on.
func BenchmarkEmit(b *testing.B) {
	io, err := socketio.NewServer(socketio.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = io.Close() }()
	x := contract.Executor{Server: io}
	body := []byte(`{"event":"m","args":["N000000000000"],"rooms":["AAAAAAAAAAAAAAAAAAAA"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Run(b.Context(), contract.EmitCommand, body, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
