package feed_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/broker/feed"
)

// childEnv makes the test binary a NATS server that reads its configuration
// from the standard input and prints its URL.
const childEnv = "IOSERVER_TEST_FEED_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

func child() {
	var c embedded.Config
	err := json.NewDecoder(os.Stdin).Decode(&c)
	if err == nil {
		ctx, cancel := context.WithCancel(context.Background())
		go func() { // its end is the test's
			io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
		err = embedded.Run(ctx, c, func(url string) { fmt.Println(url) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// server is a NATS server in a process of its own.
type server struct {
	t      testing.TB
	config embedded.Config
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	url    string
}

func serve(t testing.TB) *server {
	t.Helper()
	s := &server{t: t, config: embedded.Config{
		Cluster: "test", Internal: embedded.NewCredential("internal"), Application: embedded.NewCredential("application"),
	}}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), childEnv+"=1")
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	if err := json.NewEncoder(s.stdin).Encode(s.config); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	url := strings.TrimSpace(line)
	if s.url != "" && url != s.url {
		s.t.Fatalf("came back at %s instead of %s", url, s.url)
	}
	s.url = url
	fmt.Sscanf(url[strings.LastIndexByte(url, ':')+1:], "%d", &s.config.Port)
}

func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.stdin.Close()
}

func (s *server) connect() *broker.NATS {
	s.t.Helper()
	b, err := broker.ConnectNATS(broker.NATSOptions{
		Servers: []string{s.url}, User: s.config.Internal.User, Secret: s.config.Internal.Secret, Pinned: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { b.Close() })
	return b
}

// workers makes n members on the server that know each other, with the default
// beat.
func (s *server) workers(t *testing.T, n int) []*member {
	var members []*member
	for i := range n {
		o := options(t, uint8(i))
		o.Beat = 0
		members = append(members, start(t, s.connect(), o))
	}
	for _, m := range members {
		for _, o := range members {
			if m != o {
				m.knows(o)
			}
		}
	}
	return members
}

// TestServerKilled: under traffic, again and again. Everything arrives once and
// in order.
func TestServerKilled(t *testing.T) {
	const workers, buckets, rounds = 4, 6, 3
	s := serve(t)
	m := s.workers(t, workers)
	for _, r := range m {
		for b := range uint16(buckets) {
			r.join(b)
		}
	}
	target := func(i int) uint16 {
		if b := uint16(i % (buckets + 1)); b < buckets {
			return b
		}
		return feed.All
	}
	stop := make(chan struct{})
	var talkers sync.WaitGroup
	published := make([]int, workers)
	for w, p := range m {
		talkers.Go(func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					published[w] = i
					return
				case <-tick.C:
				}
				if err := p.Publish(target(i), binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	reached := func(n int) {
		for _, r := range m {
			r.await("traffic", func() bool { return len(r.got) >= n })
		}
	}
	reached(100)
	for range rounds {
		s.kill()
		s.start()
		back := time.Now()
		// Whole again: what everybody publishes now has come to everybody.
		for w, p := range m {
			p.publish(feed.All, fmt.Sprintf("whole %d %v", w, back))
		}
		for _, r := range m {
			r.await("wholeness", func() bool { return r.whole(fmt.Sprint(back)) == workers-1 })
		}
		t.Logf("whole %v after the server's return", time.Since(back))
	}
	close(stop)
	talkers.Wait()
	for w, r := range m {
		for from, p := range m {
			if from != w {
				r.expectFrom(p.Origin(), published[from])
			}
		}
		if s := r.Stats(); s.Lost != 0 || s.Malformed != 0 {
			t.Errorf("worker %d: %+v", w, s)
		}
	}
}

// whole counts the messages that end so.
func (m *member) whole(end string) (n int) {
	for _, d := range m.got {
		if bytes.HasSuffix(d.Data, []byte(end)) {
			n++
		}
	}
	return n
}

// expectFrom waits for the numbers 0..n-1 of an origin, in order.
func (m *member) expectFrom(o feed.Origin, n int) {
	m.t.Helper()
	next, wrong := 0, -1
	seen := 0
	m.await(fmt.Sprintf("all %d of %v", n, o), func() bool {
		for ; seen < len(m.got); seen++ {
			d := m.got[seen]
			if d.Origin != o || len(d.Data) != 4 {
				continue
			}
			if i := int(binary.BigEndian.Uint32(d.Data)); i != next && wrong < 0 {
				wrong = i
			}
			next++
		}
		return next >= n || wrong >= 0
	})
	if wrong >= 0 || next != n {
		m.t.Errorf("of %v: %d where %d was due, %d in all, want %d", o, wrong, next, next, n)
	}
}

// TestJoinThenPublish: join, acknowledged, then published by another at once.
func TestJoinThenPublish(t *testing.T) {
	s := serve(t)
	m := s.workers(t, 2)
	const rounds = 2000
	for i := range rounds {
		bucket := uint16(i * 2 % feed.NumBuckets)
		m[0].join(bucket)
		m[1].number(i, i+1, one(bucket))
		if i%3 == 0 && i >= 100 { // a hundred rounds ago, and heard since
			m[0].await("an older message", func() bool { return len(m[0].got) > i-100 })
			m[0].Leave(bucket - 200)
		}
	}
	m[0].expect(0, rounds)
	if s := m[0].Stats(); s.Gaps != 0 || s.Replayed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLargeOverNATS: far over the server's largest payload, live and pulled.
func TestLargeOverNATS(t *testing.T) {
	s := serve(t)
	m := s.workers(t, 2)
	m[0].join(1)
	data := bytes.Repeat([]byte("0123456789"), 5<<20/10)
	m[1].publish(1, string(data))
	m[0].messages(1)
	s.kill()
	m[1].publish(1, string(data))
	m[1].publish(1, "small")
	s.start()
	got := m[0].messages(3)
	if !bytes.Equal(got[0].Data, data) || !bytes.Equal(got[1].Data, data) || string(got[2].Data) != "small" {
		t.Errorf("%d, %d and %d bytes", len(got[0].Data), len(got[1].Data), len(got[2].Data))
	}
}

// TestBusCarriesNoMoreThanNeeded: a direct message and one to a bucket reach the
// brokers of those who want them, and no others.
func TestBusCarriesNoMoreThanNeeded(t *testing.T) {
	s := serve(t)
	var brokers []*broker.NATS
	var m []*member
	for i := range 4 {
		b := s.connect()
		o := options(t, uint8(i))
		o.Beat = time.Hour
		brokers = append(brokers, b)
		m = append(m, start(t, b, o))
	}
	m[1].join(7)
	for i, w := range m { // its first beat, which is its clock's to send, would be counted
		for deadline := time.Now().Add(patience); w.Stats().Beats == 0; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("worker %d is silent", i)
			}
		}
		flush(t, brokers[i])
	}
	var before, after [4]uint64
	read := func(into *[4]uint64) {
		for i, b := range brokers {
			done := make(chan struct{})
			flush(t, brokers[0])
			if err := b.Sync(context.Background(), func() { into[i] = b.Stats().Delivered; close(done) }); err != nil {
				t.Fatal(err)
			}
			<-done
		}
	}
	read(&before)
	m[0].number(0, 100, one(7))
	for range 50 {
		if err := m[0].Direct(1, 2, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	read(&after)
	for i, want := range []uint64{0, 100, 50, 0} {
		if got := after[i] - before[i]; got != want {
			t.Errorf("worker %d: %d bus messages, want %d", i, got, want)
		}
	}
}
