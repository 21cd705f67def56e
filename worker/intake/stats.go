package intake

import "sync/atomic"

// Stats are counters since New.
type Stats struct {
	Done       uint64 // commands done, whole or this worker's part
	Idle       uint64 // dropped by their subject: nobody here was meant
	Refused    uint64 // there was something wrong with them
	Answered   uint64 // replies sent, errors included
	Unanswered uint64 // replies that could not be sent
	Overflows  uint64 // refused: too many were being answered
}

type counters struct {
	done, idle, refused, answered, unanswered, overflows atomic.Uint64
}

// Stats may be called from any goroutine.
func (i *Intake) Stats() Stats {
	c := &i.counters
	return Stats{
		Done: c.done.Load(), Idle: c.idle.Load(), Refused: c.refused.Load(),
		Answered: c.answered.Load(), Unanswered: c.unanswered.Load(), Overflows: c.overflows.Load(),
	}
}
