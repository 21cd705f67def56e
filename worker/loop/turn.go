package loop

import "time"

// Run is the loop: it returns after Stop, having closed every connection with ErrStopped and the loop's own descriptors. The error
// is nil unless the system's poller itself fails. To be called once.
func (l *Loop) Run() error {
	defer close(l.done)
	defer l.end() // deferred, since a handler might end this goroutine
	for !l.stopping() {
		if err := l.wait(); err != nil {
			return err
		}
		l.turn()
	}
	return nil
}

// wait looks for input, and sleeps for it when nothing at all is left to do. It does not look when a producer ended the sleep: the
// next turn will, and a lone task costs a system call less.
func (l *Loop) wait() error {
	l.rested = false
	if l.busyFor > giveWayAfter {
		if err := l.poller.giveWay(); err != nil {
			return err
		}
		l.rested = true
	}
	if l.unfinished() {
		return l.look()
	}
	if err := l.poller.arm(l.nextWake()); err != nil {
		return err
	}
	events, looked, err := l.poller.wait()
	posted := l.mail.awake()
	l.rested = l.rested || l.poller.slept
	if err == nil && !looked && !posted {
		return l.look() // a timer is due, and it comes after input
	}
	l.events, l.nextEvent, l.allRead = events, 0, looked && len(events) < maxEvents
	return err
}

func (l *Loop) look() error {
	events, err := l.poller.poll()
	l.events, l.nextEvent, l.allRead = events, 0, len(events) < maxEvents
	return err
}

// unfinished says that the last turn's bounds left something over. (The mailbox speaks for itself: see mailbox.sleep.)
func (l *Loop) unfinished() bool {
	return !l.dirty.empty() || l.nextTask < len(l.batch) || l.wheel.firing() || l.postponed > 0
}

// turn is one round: everything that is pending, then the writes that it led to.
func (l *Loop) turn() {
	l.now = time.Now()
	if l.rested {
		l.busySince = l.now
	}
	l.tasksLeft, l.timersLeft, l.writesLeft = maxTurnTasks, maxTurnTimers, l.maxWrites
	l.guard((*Loop).dispatch)
	l.openMail()
	l.collectTimers()
	l.guard((*Loop).expire)
	l.nextHook = 0
	l.guard((*Loop).runHooks)
	for range mailRounds {
		if !l.openMail() {
			break
		}
	}
	l.guard((*Loop).flush)
	end := time.Now()
	l.busyFor = end.Sub(l.busySince)
	l.publish(end.Sub(l.now))
}

// guard runs a stage of the turn to its end. A stage keeps its place in the Loop, so that after a panic it is entered again and
// goes on with the next item: one defer a stage instead of one a call.
func (l *Loop) guard(stage func(*Loop)) {
	for done := false; !done; {
		done = l.attempt(stage)
		for len(l.doomed) > 0 {
			l.attempt((*Loop).bury)
		}
	}
}

func (l *Loop) attempt(stage func(*Loop)) (done bool) {
	defer func() {
		if done {
			return
		}
		if value := recover(); value != nil {
			l.panicked(value)
		}
	}()
	stage(l)
	l.current = nil
	return true
}

func (l *Loop) dispatch() {
	for l.nextEvent < len(l.events) {
		ev := &l.events[l.nextEvent]
		l.nextEvent++
		fd, generation := ev.origin()
		c := l.conns[fd]
		if c == nil || c.generation != generation {
			continue // closed earlier in this batch; its descriptor may have been reused
		}
		l.current = c
		c.ready(ev.Events)
	}
}

// openMail runs what is in the mailbox now. It returns false when that was nothing.
func (l *Loop) openMail() bool {
	if l.nextTask == len(l.batch) {
		l.batch, l.nextTask = l.mail.take(l.batch), 0
	}
	if len(l.batch) == 0 {
		return false
	}
	l.guard((*Loop).runTasks)
	return true
}

func (l *Loop) runTasks() {
	for l.nextTask < len(l.batch) && l.tasksLeft > 0 && !l.congested() {
		it := l.batch[l.nextTask]
		l.batch[l.nextTask] = item{}
		l.nextTask++
		l.tasksLeft--
		l.counters.Tasks++
		if it.port != nil {
			it.port.release()
		}
		it.task.Run()
	}
}

// collectTimers makes those fire that are due, but only after the input that was there before. A process that has been stopped or
// starved for a while must not time out clients whose answers lie in their sockets.
func (l *Loop) collectTimers() {
	now := l.ticksPassed()
	if at, ok := l.wheel.next(); ok && at <= now && !l.allRead && l.postponed < maxPostponed {
		l.postponed++
		return
	}
	l.postponed = 0
	l.wheel.collect(now)
}

func (l *Loop) congested() bool {
	return l.unsent > unsentAlways && l.unsent > unsentPerConn*l.dirty.len()
}

func (l *Loop) expire() {
	for l.timersLeft > 0 {
		t, e := l.wheel.fire()
		if t == nil {
			return
		}
		l.timersLeft--
		l.counters.Expired++
		e.Expire(t)
	}
}

func (l *Loop) runHooks() {
	for l.nextHook < len(l.hooks) {
		l.nextHook++
		l.hooks[l.nextHook-1]()
	}
}
