package metrics

import "github.com/ioserver/ioserver/worker/intake"

// commandMetrics tell of what applications have the server do over NATS.
func commandMetrics() []metric {
	count := func(read func(*intake.Stats) uint64, label string) series {
		return by(func(s *Sample) uint64 { return read(&s.Commands) }, label)
	}
	return []metric{
		{kind: counter, name: "commands_total", help: "Commands that came over NATS: done, whole or a worker's part; not for anybody of the worker, by their subject; refused; refused since too many were being answered.", labels: []string{"outcome"},
			series: []series{
				count(func(s *intake.Stats) uint64 { return s.Done }, "done"),
				count(func(s *intake.Stats) uint64 { return s.Idle }, "idle"),
				count(func(s *intake.Stats) uint64 { return s.Refused }, "refused"),
				count(func(s *intake.Stats) uint64 { return s.Overflows }, "overflow"),
			}},
		{kind: counter, name: "command_answers_total", help: "Answers to commands over NATS, and those that could not be sent.", labels: []string{"sent"},
			series: []series{
				count(func(s *intake.Stats) uint64 { return s.Answered }, "true"),
				count(func(s *intake.Stats) uint64 { return s.Unanswered }, "false"),
			}},
	}
}
