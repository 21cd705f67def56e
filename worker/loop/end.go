package loop

// end is the last turn. The mailbox is closed by then, so it empties; and each round writes to every connection that has something
// to say, so that the tasks are not held back for long.
func (l *Loop) end() {
	l.Stop()
	for more := true; more; {
		l.tasksLeft = maxTurnTasks
		more = l.openMail()
		l.writesLeft = l.dirty.len()
		l.guard((*Loop).flush)
	}
	l.ended = true
	l.guard((*Loop).closeAll)
	l.publish(0)
	if err := l.poller.close(); err != nil {
		l.log.Error("close event loop", "error", err)
	}
}

func (l *Loop) closeAll() {
	for _, c := range l.conns {
		if c != nil {
			c.fail(ErrStopped)
		}
	}
}

// doomed is a connection that has to be closed, but not from inside the call that found out.
type doomed struct {
	conn *Conn
	err  error
}

func (l *Loop) doom(c *Conn, err error) { l.doomed = append(l.doomed, doomed{c, err}) }

// bury closes the doomed connections.
func (l *Loop) bury() {
	for len(l.doomed) > 0 {
		d := l.doomed[0]
		l.doomed = l.doomed[1:]
		d.conn.fail(d.err)
	}
	l.doomed = nil
}
