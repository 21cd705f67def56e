// Package loop is the event loop of a worker process: one goroutine that owns a set of stream sockets, their timers and a
// mailbox through which everybody else talks to it.
//
// # Guarantees
//
//   - Everything a [Loop] calls (Handler, Task, Expirer, turn-end hooks) runs on the goroutine that called [Loop.Run], one call
//     at a time, so what the calls share needs no lock. None of them may block.
//   - No call is made from inside another call into the loop: Conn.Write, Close, Attach, Arm and the like never call back.
//   - An idle connection costs its [Conn] (under 100 bytes) and one table entry: no goroutine, no buffer.
//   - A turn takes everything that is pending (input, mailbox, timers) and then writes each connection that has something to say
//     once. It never waits to gather more. A turn is bounded in reads, tasks, timers and writes; what is left over goes first in
//     the next turn, in order, without sleeping in between.
//   - While much output is still waiting to be written the mailbox is left alone, so that producers feel it at their [Port] rather than
//     the queues growing. (A slow reader does not count: its queue is the owner's to bound, with Conn.Queued.)
//   - A panic in a call is logged with its stack and closes the connection it was made for; the loop goes on.
//   - Every descriptor handed to [Loop.Attach] is closed exactly once, by the loop, unless [Conn.Detach] hands it back.
//
// # Waiting
//
// The epoll descriptor waits inside the Go runtime's own poller, so that a sleeping loop costs no thread and, where GOMAXPROCS is
// 1, handing over to other goroutines is a goroutine switch. The loop is woken by moving the read deadline of that descriptor,
// which needs no system call; the same deadline serves the timers. A loop that finds no time to sleep gives way to the runtime's
// poller now and then, so that the rest of the process gets to read.
//
// # Non-goals
//
// TLS, accepting, datagrams, files, priorities among connections, more than one loop a descriptor, and systems other than Linux,
// where [New] returns an error.
package loop
