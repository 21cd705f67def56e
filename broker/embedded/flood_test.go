package embedded_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// garbage are what programs say at the port that are no servers of ours.
func garbage() map[string][]byte {
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(rand.Int())
	}
	noise[0] = 0 // no beginning of anything
	return map[string][]byte{
		"noise":       noise,
		"http":        []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"a line":      append([]byte("CONNECT {"), bytes.Repeat([]byte("x"), 1<<20)...),
		"no json":     []byte("CONNECT x\r\n"),
		"a message":   []byte("RMSG $G a 1000000000\r\n"),
		"information": []byte(`INFO {"server_id":"x","cluster":"test"}` + "\r\n"),
		"ping":        []byte(strings.Repeat("PING\r\n", 1000)),
	}
}

// ends waits until the other side closes the connection, and returns what it has
// said.
func ends(t *testing.T, c net.Conn) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(3 * patience))
	said, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it is not closed")
	}
	return string(said)
}

// TestGarbage ends its connection at once, and nothing else.
func TestGarbage(t *testing.T) {
	t.Parallel()
	m := alone(t).start(t)
	friend := alone(t).joins(m).start(t)
	m.joined(t, 1)
	for name, bytes := range garbage() {
		c, err := net.Dial("tcp", m.address)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.SetWriteDeadline(time.Now().Add(patience))
		_, _ = c.Write(bytes) // it may be closed while it speaks
		said := ends(t, c)
		c.Close()
		if strings.Contains(said, m.Peering.Secret) {
			t.Errorf("%s: it is told the secret", name)
		}
		t.Logf("%s: closed after %v", name, time.Since(began).Round(time.Millisecond))
	}
	whole(t, m, friend)
	if n := m.log.times("a server is gone"); n > 0 {
		t.Errorf("%d servers are gone", n)
	}
}

// TestCrowdOfStrangers: each of very many connections that say nothing, or say
// something slowly, or never end a line, is closed, and takes little until then;
// machines join meanwhile.
func TestCrowdOfStrangers(t *testing.T) {
	const strangers = 1500
	m := alone(t).start(t)
	friend := alone(t).joins(m).start(t)
	m.joined(t, 1)
	heap := func() uint64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return s.HeapInuse + s.StackInuse
	}
	before := heap()
	begun := []byte(`CONNECT {"verbose":false,"x":"` + strings.Repeat("x", 1000))
	var all []net.Conn
	for i := range strangers {
		c, err := net.Dial("tcp", m.address)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		switch i % 3 {
		case 1:
			_, err = c.Write(begun[:9])
		case 2:
			_, err = c.Write(begun)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	each := (int64(heap()) - int64(before)) / strangers // of both ends
	late := alone(t).joins(m).start(t)
	late.joined(t, 2)
	began := time.Now()
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			ends(t, c)
			c.Close()
		})
	}
	wg.Wait()
	t.Logf("%d bytes each, the last is closed after %v", each, time.Since(began).Round(time.Millisecond))
	if each > 128<<10 {
		t.Errorf("%d bytes for each of them", each)
	}
	whole(t, m, friend, late)
	if n := m.log.times("level=WARN"); n > 30 {
		t.Errorf("%d warnings", n)
	}
}
