package master

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// childMain is what this test binary does when it finds itself to be a master's child: a worker that answers every request with its
// slot and pid, or a broker that does nothing. A process that a test starts as a master runs masterMain.
func childMain() (code int, ok bool) {
	if addresses := os.Getenv(masterEnv); addresses != "" {
		if c, child := fdpass.Inherited(); child {
			return childRole(c), true
		}
		return masterMain(strings.Fields(addresses)), true
	}
	if c, child := fdpass.Inherited(); child {
		return childRole(c), true
	}
	return 0, false
}

// testConfig is what tests put into Options.Worker.
type testConfig struct {
	DieAtStart   bool
	FailAtStart  string
	IgnoreStop   bool
	NeverReceive bool
}

func childRole(c *fdpass.Control) int {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	hello, err := c.Hello()
	if err != nil {
		return 3
	}
	board, err := scoreboard.Open(c.Scoreboard(), hello.Slots)
	if err != nil {
		return 6
	}
	w := &testWorker{control: c, row: board.Broker(), hello: hello, pid: os.Getpid()}
	if hello.Role == fdpass.RoleWorker {
		w.row = board.Slot(hello.Slot)
		go w.beat()
	}
	return w.run(c.Inbox())
}

// testWorker answers requests. It is a process's, or a goroutine's in tests without processes.
type testWorker struct {
	control *fdpass.Control
	row     *scoreboard.Row // a process's
	hello   fdpass.Hello
	pid     int
	config  testConfig
	peers   chan fdpass.Peer // what it hears, for tests that look; may be nil
	buses   chan fdpass.Bus  // likewise
	reloads chan string      // likewise
}

func (w *testWorker) run(inbox *fdpass.End) int {
	unmarshal(w.hello.Config, &w.config)
	if w.config.DieAtStart {
		return 7
	}
	if w.config.FailAtStart != "" {
		_ = w.control.Send(fdpass.Failed{Message: w.config.FailAtStart, Exit: 4})
		return 4
	}
	ready := fdpass.Ready{}
	if w.hello.Role == fdpass.RoleBroker {
		ready.Addr = fmt.Sprintf("nats://127.0.0.1:%d", w.pid)
	}
	if err := w.control.Send(ready); err != nil {
		return 3
	}
	if inbox != nil && !w.config.NeverReceive {
		r := fdpass.NewReceiver(inbox)
		defer r.Close()
		go w.serve(r)
	}
	for {
		m, err := w.control.Receive()
		if err != nil {
			return 5 // the master has died
		}
		switch m := m.(type) {
		case fdpass.Stop:
			if !w.config.IgnoreStop {
				return 0
			}
		case fdpass.Peer:
			if w.peers != nil {
				w.peers <- m
			}
		case fdpass.Bus:
			if w.buses != nil {
				w.buses <- m
			}
		case fdpass.Reload:
			if w.reloads != nil {
				w.reloads <- string(m.Config)
			}
		}
	}
}

// answered is the cell in which a test worker's process counts connections.
const answered = 200

// beat measures the process as a worker's loop does.
func (w *testWorker) beat() {
	for range time.Tick(20 * time.Millisecond) {
		w.row.Measure()
	}
}

func (w *testWorker) serve(r *fdpass.Receiver) {
	var accepted uint64
	for {
		m, err := r.Receive()
		if err != nil {
			return
		}
		if m.Kind != fdpass.Accept {
			continue
		}
		origin, _, _ := fdpass.ParseOrigin(m.Payload)
		accepted++
		if w.row != nil {
			w.row.Counters[answered].Add(1)
		}
		_ = w.control.Send(fdpass.Load{Accepted: accepted})
		go w.answer(m.FD, origin)
	}
}

// answer answers one request on a connection, then closes it.
func (w *testWorker) answer(fd int, origin fdpass.Origin) {
	file := os.NewFile(uintptr(fd), "connection")
	defer file.Close()
	_ = file.SetDeadline(time.Now().Add(patience))
	if _, err := http.ReadRequest(bufio.NewReader(file)); err != nil {
		return
	}
	nodelay := 0
	if raw, err := file.SyscallConn(); err == nil && !origin.Remote.Unix() {
		_ = raw.Control(func(fd uintptr) { nodelay, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY) })
	}
	body := fmt.Sprintf("%d %d %d %s %d", w.hello.Slot, w.pid, nodelay, origin.Remote, origin.Listener)
	fmt.Fprintf(file, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// answerOf is what a test worker answers.
type answerOf struct {
	slot, pid, nodelay int
	remote             string
	listener           int
}

// ask sends one request from the given local address ("" any) and returns the worker's answer, or the status when it is not 200.
func ask(network, address, from string) (a answerOf, status int, err error) {
	c, err := dial(network, address, from)
	if err != nil {
		return a, 0, err
	}
	defer c.Close()
	return finish(c)
}

func dial(network, address, from string) (net.Conn, error) {
	d := net.Dialer{Timeout: patience}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	c, err := d.Dial(network, address)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func finish(c net.Conn) (a answerOf, status int, err error) {
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return a, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return a, res.StatusCode, nil
	}
	_, err = fmt.Fscan(res.Body, &a.slot, &a.pid, &a.nodelay, &a.remote, &a.listener)
	return a, res.StatusCode, err
}
