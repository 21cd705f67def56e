package worker_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/fdpass/turnstile"
	"github.com/ioserver/ioserver/worker"
	"github.com/ioserver/ioserver/worker/socketio"
	"golang.org/x/sys/unix"
)

const patience = 10 * time.Second

// neighbours are two workers of one machine, in this process, and the test is
// their master. Nothing listens at their bus's address.
type neighbours struct {
	t     *testing.T
	slots [2]*slot
	board *scoreboard.Board
	lives uint64
	node  uint16
	boot  uint64
	key   [16]byte     // of its ids
	log   *slog.Logger // nil: nobody reads it

	turnstile      *turnstile.Board // nil: nobody counts connections
	falseTurnstile int              // something else in its place
}

// slot is a worker's place, whether one is there or not.
type slot struct {
	read, write *fdpass.End
	inbox       *fdpass.Sender
	control     *fdpass.Control // the master's side
	life        uint64
	heard       chan any
	loads       chan fdpass.Load
	levels      chan slog.Level // that the log was set to
	ended       chan error
}

var idKey = [16]byte{1, 2, 3}

func begin(t *testing.T) *neighbours {
	t.Helper()
	procs := runtime.GOMAXPROCS(0) // which a worker sets
	t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
	n := &neighbours{t: t, node: 7, boot: 1, key: idKey}
	var err error
	if n.board, err = scoreboard.New(len(n.slots)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.board.Close() })
	for i := range n.slots {
		read, write, err := fdpass.Pair()
		if err != nil {
			t.Fatal(err)
		}
		s := &slot{read: read, write: write, inbox: fdpass.NewSender(write)}
		n.slots[i] = s
		t.Cleanup(func() {
			if s.control != nil {
				n.stop(i)
			}
			_ = s.read.Close()
			_ = s.inbox.Close()
		})
	}
	return n
}

// start runs a worker in its slot until stop, and returns when it serves.
func (n *neighbours) start(number int, apps ...worker.App) {
	n.t.Helper()
	n.launch(number, fdpass.Bus{URLs: []string{"nats://127.0.0.1:1"}, Cluster: "test"}, apps...)
	if m := n.hear(number); m != (fdpass.Ready{}) {
		n.t.Fatalf("slot %d says %+v", number, m)
	}
}

func settings() worker.Config {
	return worker.Config{
		Path: "/socket.io/", Transports: []string{"polling", "websocket"}, AllowUpgrades: true, AllowEIO3: true,
		PingInterval: time.Hour, PingTimeout: time.Hour, UpgradeTimeout: patience, ConnectTimeout: time.Hour, MaxHTTPBufferSize: 1_000_000,
		APITokens: []string{sum("token")},
	}
}

func (n *neighbours) launch(number int, bus fdpass.Bus, apps ...worker.App) {
	n.t.Helper()
	s := n.slots[number]
	config, err := json.Marshal(settings())
	ours, theirs, pairErr := fdpass.Pair()
	if err != nil || pairErr != nil {
		n.t.Fatal(err, pairErr)
	}
	s.control = fdpass.NewControl(ours)
	fd, err := unix.FcntlInt(uintptr(s.read.Descriptor()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		n.t.Fatal(err)
	}
	inbox, err := fdpass.NewEnd(fd) // its own: the master's outlives it
	if err != nil {
		n.t.Fatal(err)
	}
	board, err := unix.FcntlInt(uintptr(n.board.Descriptor()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		n.t.Fatal(err)
	}
	child := fdpass.NewChild(theirs, board, inbox, []*fdpass.End{n.slots[0].write, n.slots[1].write})
	n.lives++
	s.life, s.heard, s.loads, s.ended = n.lives, make(chan any, 100), make(chan fdpass.Load, 1000), make(chan error, 1)
	s.levels = make(chan slog.Level, 10)
	logger := n.log
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	process := worker.Process{Logger: logger, SetLevel: func(l slog.Level) { s.levels <- l }}
	hello := fdpass.Hello{
		Role: fdpass.RoleWorker, Slot: number, Slots: len(n.slots), Node: n.node, Boot: n.boot, Began: time.Unix(1_700_000_000, 0), Life: s.life, IDKey: n.key,
		Listeners: []string{"127.0.0.1:3000", "127.0.0.1:3001", "unix:/run/api"}, API: 1, Bus: bus, Config: config,
	}
	if n.turnstile != nil || n.falseTurnstile > 0 {
		fd := n.falseTurnstile
		if n.turnstile != nil {
			if fd, err = unix.FcntlInt(uintptr(n.turnstile.Descriptor()), unix.F_DUPFD_CLOEXEC, 0); err != nil {
				n.t.Fatal(err)
			}
		}
		hello.Turnstile = true
		child.WithTurnstile(fd)
	}
	go func() { s.ended <- worker.Run(child, hello, process, apps...) }()
	go listen(s.control, s.heard, s.loads)
}

// listen passes on what a worker says until its end.
func listen(control *fdpass.Control, heard chan<- any, loads chan<- fdpass.Load) {
	for {
		m, err := control.Receive()
		if err != nil {
			return
		}
		if l, ok := m.(fdpass.Load); ok {
			loads <- l
		} else {
			heard <- m
		}
	}
}

// hear waits for what the worker says.
func (n *neighbours) hear(number int) any {
	n.t.Helper()
	select {
	case m := <-n.slots[number].heard:
		return m
	case <-time.After(patience):
		n.t.Fatalf("slot %d says nothing", number)
	}
	return nil
}

func (n *neighbours) tell(number int, m any) {
	n.t.Helper()
	if err := n.slots[number].control.Send(m); err != nil {
		n.t.Fatal(err)
	}
}

// stop ends a worker in order.
func (n *neighbours) stop(number int) {
	n.t.Helper()
	s := n.slots[number]
	n.tell(number, fdpass.Stop{Timeout: patience})
	select {
	case err := <-s.ended:
		if err != nil {
			n.t.Errorf("slot %d: %v", number, err)
		}
	case <-time.After(2 * patience):
		n.t.Fatalf("slot %d does not end", number)
	}
	if err := s.control.Close(); err != nil {
		n.t.Error(err)
	}
	s.control = nil
}

// connection is a client's end of a connection that was passed to a worker.
type connection struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// connect passes a new connection to a worker, as if accepted then.
func (n *neighbours) connect(number int, accepted time.Time) *connection {
	n.t.Helper()
	return n.pass(number, fdpass.AppendOrigin(nil, fdpass.Origin{
		Remote: fdpass.Addr{AddrPort: netip.MustParseAddrPort("192.0.2.1:5000")}, Accepted: accepted,
	}))
}

// pass sends a connection along with any payload.
func (n *neighbours) pass(number int, payload []byte) *connection {
	n.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		n.t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		n.t.Fatal(err)
	}
	defer accepted.Close()
	raw, err := accepted.(*net.TCPConn).SyscallConn()
	if err != nil {
		n.t.Fatal(err)
	}
	var sent error
	err = raw.Control(func(fd uintptr) { sent = n.slots[number].inbox.Send(fdpass.Accept, payload, int(fd)) })
	if err != nil || sent != nil {
		n.t.Fatal(err, sent)
	}
	return &connection{n.t, c, bufio.NewReader(c)}
}

// poll connects a client to a worker and sends one request.
func (n *neighbours) poll(number int, method, query, body string) *connection {
	n.t.Helper()
	c := n.connect(number, time.Now())
	c.request(method, query, body)
	return c
}

func (c *connection) request(method, query, body string) {
	c.t.Helper()
	_, err := fmt.Fprintf(c, "%s /socket.io/?EIO=4&transport=polling%s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", method, query, len(body), body)
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *connection) expect(status int, body string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatalf("instead of %d: %v", status, err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || !strings.HasPrefix(string(b), body) {
		c.t.Fatalf("%d %.80q %v, want %d %.80q", res.StatusCode, b, err, status, body)
	}
}

// ends waits for the end of the connection.
func (c *connection) ends() {
	c.t.Helper()
	if b, err := io.ReadAll(c.r); len(b) > 0 {
		c.t.Errorf("%q before the end, %v", b, err)
	}
}

// session opens a polling session that has joined "/", and returns its query.
func (n *neighbours) session(number int) string {
	n.t.Helper()
	c := n.connect(number, time.Now())
	query := c.open()
	c.request("POST", query, "40")
	c.expect(200, "ok")
	c.request("GET", query, "")
	c.expect(200, `40{"sid":"`)
	return query
}

// open opens a polling session, and returns its query.
func (c *connection) open() string {
	c.t.Helper()
	c.request("GET", "", "")
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	var open struct{ SID string }
	b, _ := io.ReadAll(res.Body)
	if err := json.Unmarshal(b[min(1, len(b)):], &open); err != nil {
		c.t.Fatalf("%q: %v", b, err)
	}
	return "&sid=" + open.SID
}

// echo registers an event that acknowledges its arguments, and one that tells
// of disconnections.
func echo(gone chan<- string) worker.App {
	return func(io *socketio.Server) {
		io.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		io.Of("/").OnDisconnect(func(_ *socketio.Socket, reason string) { gone <- reason })
	}
}

// says expects an answer whose body ends so.
func (c *connection) says(end string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if b, err := io.ReadAll(res.Body); err != nil || !strings.HasSuffix(string(b), end) {
		c.t.Errorf("%q %v does not end with %q", b, err, end)
	}
}
