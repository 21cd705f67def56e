package loop_test

import (
	"io"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

// ping is a task that answers on a channel.
type ping chan struct{}

func (p ping) Run() { p <- struct{}{} }

// BenchmarkPostAsleep: the loop sleeps whenever a task is posted, so every post wakes it.
func BenchmarkPostAsleep(b *testing.B) {
	l := start(b, loop.Options{})
	p := make(ping, 1)
	b.ReportAllocs()
	for b.Loop() {
		l.Post(p)
		<-p
	}
}

type count struct {
	left int
	done chan struct{}
}

func (c *count) Run() {
	if c.left--; c.left == 0 {
		close(c.done)
	}
}

// BenchmarkPostBusy: a producer that posts as fast as it can through a port.
func BenchmarkPostBusy(b *testing.B) {
	l := start(b, loop.Options{})
	port := l.Port("bench", 1024)
	c := &count{left: b.N, done: make(chan struct{})}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := port.Post(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	<-c.done
}

// BenchmarkEcho: 64 bytes there and back over a socketpair, the peer being a blocking descriptor of the same process.
func BenchmarkEcho(b *testing.B) {
	l := start(b, loop.Options{})
	fd, peer := pair(b)
	answer := make([]byte, 64)
	attach(b, l, fd, &handler{data: func(c *loop.Conn, _ []byte) { c.Write(answer) }})
	buf := make([]byte, 64)
	peer.SetDeadline(time.Time{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := peer.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(peer, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// broadcast writes frames to every connection, then waits for the turn to end.
type broadcast struct {
	conns  []*loop.Conn
	frame  []byte
	frames int
}

func (t *broadcast) Run() {
	for _, c := range t.conns {
		for range t.frames {
			c.Write(t.frame)
		}
	}
}

func benchmarkBroadcast(b *testing.B, frames int) {
	const conns = 1000
	sent := make(chan struct{}, 1)
	l := start(b, loop.Options{MaxTurnWrites: conns})
	task := &broadcast{frame: make([]byte, 100), frames: frames}
	peers := make([]int, conns)
	for i := range conns {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			b.Fatal(err)
		}
		peers[i] = fds[1]
		b.Cleanup(func() { unix.Close(fds[1]) })
		task.conns = append(task.conns, attach(b, l, fds[0], &handler{}))
	}
	p := ping(sent)
	drain := make([]byte, 64<<10)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l.Post(task)
		l.Post(p)
		<-sent
		l.Post(p) // a turn later: all has been written
		<-sent
		b.StopTimer()
		for _, fd := range peers {
			unix.Read(fd, drain)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(conns*frames), "ns/delivery")
}

func BenchmarkBroadcast1000(b *testing.B)        { benchmarkBroadcast(b, 1) }
func BenchmarkBroadcast1000Times64(b *testing.B) { benchmarkBroadcast(b, 64) }

// BenchmarkTimer puts one of 10,000 heartbeats off, as every packet of a client does.
func BenchmarkTimer(b *testing.B) {
	l := start(b, loop.Options{})
	on(b, l, func() {
		timers := make([]loop.Timer, 10000)
		none := expirer(func(*loop.Timer) {})
		for i := range timers {
			l.Arm(&timers[i], l.Now().Add(25*time.Second+time.Duration(i)*time.Millisecond), none)
		}
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			l.Arm(&timers[i%len(timers)], l.Now().Add(45*time.Second+time.Duration(i%20000)*time.Millisecond), none)
			i++
		}
		for i := range timers {
			l.Disarm(&timers[i])
		}
	})
}

// BenchmarkIdle reports the memory, all in all, that the process holds for an idle connection and its timer.
func BenchmarkIdle(b *testing.B) {
	const conns = 5000
	type session struct {
		handler
		timer loop.Timer
	}
	for b.Loop() {
		l := start(b, loop.Options{})
		var fds []int
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range conns {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
			if err != nil {
				b.Fatal(err)
			}
			fds = append(fds, pair[1])
			on(b, l, func() {
				s := new(session)
				if _, err := l.Attach(pair[0], s); err != nil {
					b.Error(err)
				}
				l.Arm(&s.timer, l.Now().Add(25*time.Second), expirer(nil))
			})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/conns-float64(unsafe.Sizeof(session{})), "B/conn")
		l.Stop()
		<-l.Done()
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
}
