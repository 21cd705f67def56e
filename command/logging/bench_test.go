package logging_test

import (
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/ioserver/ioserver/command/logging"
)

var errBench = errors.New("connection reset by peer")

func bench(b *testing.B, c logging.Config, do func(l *slog.Logger, i int)) {
	l := logging.New(io.Discard, c)
	defer l.Close()
	logger := l.Logger().With("slot", 3)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		do(logger, i)
	}
}

func BenchmarkLevelOff(b *testing.B) {
	bench(b, logging.Config{}, func(l *slog.Logger, _ int) { l.Debug("connection ended", "error", errBench) })
}

// BenchmarkLine is a line that is written: each is of a slot of its own.
func BenchmarkLine(b *testing.B) {
	for _, format := range formats {
		b.Run(format, func(b *testing.B) {
			bench(b, logging.Config{Format: format}, func(l *slog.Logger, i int) {
				l.Info("connection ended", "slot", i/logging.FloodLines%1000, "error", errBench)
			})
		})
	}
}

func BenchmarkFlood(b *testing.B) {
	bench(b, logging.Config{}, func(l *slog.Logger, _ int) { l.Info("connection ended", "error", errBench) })
}
