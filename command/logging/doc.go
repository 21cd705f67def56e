// Package logging writes a process's log: one line an event, text or JSON,
// through log/slog.
//
// It guarantees that whoever logs never waits for whoever reads the log. Lines
// go into a bounded queue, and one goroutine, which the Log owns, writes them. A
// reader that is slow, gone or out of space costs lines, never the server's time
// or life: what does not fit or cannot be written is counted, and the count is
// written once output works again. A message that repeats too often is written a
// few times, then counted and told once.
//
// Lines keep the order in which they were logged, hold no line break whatever
// the attributes are, and are no longer than a named bound, so that lines of
// several processes that write to one pipe do not mix.
//
// Non-goals: files and their rotation, remote sinks, and keeping a line safe
// through the end of the process by a signal that cannot be caught or by a panic
// on a goroutine that does not recover.
package logging
