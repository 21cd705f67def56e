package socketio_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// crowdEnv makes the test binary a crowd of clients, of the addresses that it
// names: a process of its own, as descriptors are limited a process.
const crowdEnv = "IOSERVER_TEST_CROWD"

const crowdSize = 10_000

// runCrowd connects, acknowledges each event with the socket's id, and ends with
// the standard input.
func runCrowd(addresses string) {
	targets := strings.Split(addresses, ",")
	failed := make(chan error, 1)
	for i := range crowdSize {
		m, err := joinCrowd(targets[i%len(targets)])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		go func() { failed <- m.serve() }()
	}
	fmt.Println("ready")
	go func() {
		fmt.Println(<-failed)
		os.Exit(1)
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// crowdMember is a client of few bytes.
type crowdMember struct {
	conn net.Conn
	in   *bufio.Reader
	id   string
}

func joinCrowd(addr string) (*crowdMember, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	m := &crowdMember{conn: conn, in: bufio.NewReaderSize(conn, 512)}
	_, err = io.WriteString(conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	for line := " "; err == nil && line != "\r\n"; {
		line, err = m.in.ReadString('\n')
	}
	if err == nil {
		_, err = m.next() // the open packet
	}
	if err == nil {
		_, err = conn.Write(masked("40"))
	}
	if err == nil {
		m.id, err = m.next()
	}
	m.id = strings.TrimSuffix(strings.TrimPrefix(m.id, `40{"sid":"`), `"}`)
	return m, err
}

// next reads a frame of up to 64 KiB.
func (m *crowdMember) next() (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(m.in, head[:2]); err != nil {
		return "", err
	}
	n := int(head[1])
	if n == 126 {
		if _, err := io.ReadFull(m.in, head[2:]); err != nil {
			return "", err
		}
		n = int(head[2])<<8 | int(head[3])
	}
	b := make([]byte, n)
	_, err := io.ReadFull(m.in, b)
	return string(b), err
}

func (m *crowdMember) serve() error {
	for {
		s, err := m.next()
		if err != nil {
			return err
		}
		answer := "3" // to a ping
		if event, ok := strings.CutPrefix(s, "42"); ok {
			number, _, _ := strings.Cut(event, "[")
			answer = "43" + number + `["` + m.id + `"]`
		}
		if _, err := m.conn.Write(masked(answer)); err != nil {
			return err
		}
	}
}

// Ten thousand answers, each once, and no goroutine for any of them.
func TestManyAcks(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < crowdSize+1000 {
		t.Skipf("%d descriptors are too few, %v", limit.Cur, err)
	}
	all := bounded(socketio.Limits{}).hire(t, 2, func(int, *socketio.Server) {})
	crowd(t, all[0].addr+","+all[1].addr)
	before := runtime.NumGoroutine()
	for range 3 {
		began := time.Now()
		out := emitWithAck(t.Context(), all[0].Of("/").To(), "q", "x")
		until(t, "answers come", func() bool { return all[1].Stats().AcksIn > 0 })
		during := runtime.NumGoroutine()
		got := <-out // as long as it takes
		t.Logf("%d answers in %v", len(got.acks.Answers), time.Since(began))
		if got.err != nil {
			t.Fatal(got.err)
		}
		m := got.answered(t)
		for id, args := range m {
			if args != `["`+id+`"]` {
				t.Fatalf("%s answers %s", id, args)
			}
		}
		if len(m) != crowdSize {
			t.Errorf("%d answers", len(m))
		}
		if during > before+100 {
			t.Errorf("%d goroutines, %d before", during, before)
		}
	}
	began := time.Now()
	sockets, err := all[1].FetchSockets(t.Context())
	t.Logf("%d sockets in %v", len(sockets), time.Since(began))
	if err != nil || len(sockets) != crowdSize {
		t.Errorf("%d sockets, %v", len(sockets), err)
	}
}

// crowd starts a process of clients, and returns when all have joined.
func crowd(t *testing.T, addresses string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), crowdEnv+"="+addresses)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the clients: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "ready\n" || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("the clients: %q, %v", line, err)
	}
}
