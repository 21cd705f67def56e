// Package rawio reads and writes sockets that do not block without telling Go's scheduler that they might.
//
// The runtime takes every system call for one that may block. The first after a pause wakes its monitor, a thread of its own that
// then looks every 20 µs whether the call has come back. A process that is woken for a message at a time, does a little and sleeps
// again pays for that with each message: in a worker with GOMAXPROCS=1 it was a fifth of what a message cost.
//
// Conn is a net.Conn on such a descriptor, which waits in Go's poller as any other. Read and Write are the bare calls, for whoever
// waits otherwise.
//
// What it does not do: descriptors that block (files, terminals). A call on one would hold up every goroutine of a processor.
package rawio
