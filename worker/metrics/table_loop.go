package metrics

import (
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

const nanoseconds = 1 / float64(time.Second)

// loopMetrics tell how busy the event loops and the handlers are.
func loopMetrics() []metric {
	bounds := make([]float64, len(loop.TurnBounds))
	for i, b := range loop.TurnBounds {
		bounds[i] = b.Seconds()
	}
	turns := plural(len(bounds)+1, func(i int) series {
		return series{read: func(s *Sample) uint64 { return s.Loop.TurnTimes[i] }}
	})
	turns = append(turns, series{read: func(s *Sample) uint64 { return uint64(s.Loop.TurnTime) }})
	return []metric{
		{kind: histogram, name: "loop_turn_seconds", help: "How long turns of the event loop took: nobody is served meanwhile.",
			scale: nanoseconds, bounds: bounds, series: turns},
		{kind: counter, name: "loop_tasks_total", help: "Tasks that the event loop ran for other goroutines.",
			series: one(func(s *Sample) uint64 { return s.Loop.Tasks })},
		{kind: counter, name: "loop_timers_total", help: "Timers that expired.",
			series: one(func(s *Sample) uint64 { return s.Loop.Expired })},
		{kind: counter, name: "loop_read_bytes_total", help: "Bytes that the event loop read: of WebSockets, with their framing.",
			series: one(func(s *Sample) uint64 { return s.Loop.BytesIn })},
		{kind: counter, name: "loop_written_bytes_total", help: "Bytes that the event loop wrote: of WebSockets, with their framing.",
			series: one(func(s *Sample) uint64 { return s.Loop.BytesOut })},
		{kind: counter, name: "loop_writes_total", help: "Writes of the event loop, system calls.",
			series: one(func(s *Sample) uint64 { return s.Loop.Writes })},
		{kind: counter, name: "loop_writes_blocked_total", help: "Writes of which the system took less than was offered.",
			series: one(func(s *Sample) uint64 { return s.Loop.Blocked })},
		{kind: gauge, name: "loop_unsent_bytes", help: "Bytes that wait to be written.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Loop.Unsent) })},
		{kind: gauge, name: "handlers", help: "Goroutines for the application's handlers, idle ones included.",
			series: one(func(s *Sample) uint64 { return unsigned(s.IO.Handlers) })},
		{kind: counter, name: "handlers_exhausted_total", help: "Times that all the handlers that there may be were busy.",
			series: one(func(s *Sample) uint64 { return s.IO.HandlersBusy })},
	}
}
