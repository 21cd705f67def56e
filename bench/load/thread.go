package load

import (
	"runtime"
	"sync"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
	"golang.org/x/sys/unix"
)

// work is what a thread does in a scenario, beside keeping its clients alive.
type work interface {
	due(now int64) int64 // does what is due, returns when more is
	ack(cl *client, id uint64, body []byte)
	event(cl *client, body []byte)
	gone(cl *client) // was ready, is lost
	turned()         // ends each turn
	stop()           // sends nothing more
	done() bool      // has sent all, and heard all
}

// thread is one event loop and its clients. Everything in it belongs to the loop,
// but for the mailbox.
type thread struct {
	fleet   *Fleet
	number  int
	poller  poller
	conns   []*conn  // by descriptor
	clients []client // one more than there are, in the first thread
	serial  int32
	now     int64
	random  uint32
	meter   meter
	why     map[string]int64 // clients lost, by error

	greeting   greeting
	prefix     []byte // of the namespace in packets
	joinPacket []byte // nil where the server lets clients in by itself
	opener     opener
	beats      beats
	requests   requests
	work       []work
	publisher  *publisher
	finished   bool
	leavers    int
	nextTick   int64

	read, frameBuffer, packetBuffer, unpacked []byte
	spare                                     [][]byte
	response                                  response
	fragments                                 map[*conn][]byte
	polling                                   *client // whose poll is being read
	yield                                     func(eio.Packet) error

	mu    sync.Mutex
	tasks []func()
	ended bool
}

func newThread(f *Fleet, number int) (*thread, error) {
	t := &thread{
		fleet: f, number: number, greeting: f.greeting, meter: newMeter(), why: make(map[string]int64),
		prefix: []byte(f.o.prefix()), random: uint32(number)*2654435761 + 1,
		read: make([]byte, 256<<10), packetBuffer: make([]byte, 0, 256), fragments: make(map[*conn][]byte),
	}
	if f.o.Revision == eio.V4 || len(t.prefix) > 0 {
		t.joinPacket = []byte("40" + f.o.prefix() + f.o.Auth)
	}
	t.yield = t.polledPacket
	n := (f.o.Clients - number + f.o.Threads - 1) / f.o.Threads
	t.clients = make([]client, n, n+1)
	for i := range t.clients {
		t.clients[i].index = int32(i*f.o.Threads + number)
	}
	if number == 0 {
		t.clients = append(t.clients, client{index: int32(f.o.Clients)})
	}
	return t, t.poller.open()
}

// members are the clients that count.
func (t *thread) members() []client {
	if t.number == 0 {
		return t.clients[:len(t.clients)-1]
	}
	return t.clients
}

// local is a client of the thread by its index in the fleet.
func (t *thread) local(index int32) *client { return &t.clients[int(index)/t.fleet.o.Threads] }

// run is the loop. The system's thread ends with it, as the settings of it do.
func (t *thread) run() {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1000, 0, 0, 0) // 50 µs otherwise, which each message would seem late by
	t.now = clock()
	t.nextTick = t.now + int64(tickEvery)
	for !t.ended {
		ready, err := t.poller.wait(t.due() - clock())
		if err != nil {
			panic(err) // the descriptor or the memory is not what this file made them
		}
		t.now = clock()
		for i := range ready {
			t.dispatch(&ready[i])
		}
		t.runTasks()
		t.turnEnds()
	}
	t.close()
}

func (t *thread) dispatch(ev *unix.EpollEvent) {
	if int(ev.Fd) == t.poller.wake {
		t.poller.interrupted()
		return
	}
	if c := t.conns[ev.Fd]; c != nil && c.serial == ev.Pad {
		t.event(c, ev.Events)
	}
}

// due does what the time asks for, and returns when it asks again.
func (t *thread) due() int64 {
	t.now = clock()
	if late := t.now - t.nextTick; late >= 0 {
		_ = t.meter.lag.RecordCorrectedValue(min(late, histogramHigh), int64(tickEvery))
		t.nextTick += (late/int64(tickEvery) + 1) * int64(tickEvery)
	}
	next := min(t.nextTick, t.beat())
	if t.opener.running {
		next = min(next, t.openMore())
	}
	for _, w := range t.work {
		next = min(next, w.due(t.now))
	}
	return next
}

func (t *thread) turnEnds() {
	all := len(t.work) > 0
	for _, w := range t.work {
		w.turned()
		all = all && w.done()
	}
	if t.opener.running && t.opener.settled == len(t.members()) {
		all = true
	}
	if all && !t.finished {
		t.finished = true
		t.fleet.threadFinished()
	}
}

// postTask has the loop call f.
func (t *thread) postTask(f func()) {
	t.mu.Lock()
	t.tasks = append(t.tasks, f)
	first := len(t.tasks) == 1
	t.mu.Unlock()
	if first {
		t.poller.interrupt()
	}
}

func (t *thread) runTasks() {
	t.mu.Lock()
	tasks := t.tasks
	t.tasks = nil
	t.mu.Unlock()
	for _, f := range tasks {
		f()
	}
}

// close ends all connections without a word.
func (t *thread) close() {
	for _, c := range t.conns {
		if c != nil {
			t.hangUp(c)
		}
	}
	t.poller.close()
}

// threadCPU is what this very thread has used.
func threadCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u) // cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
