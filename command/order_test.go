package command

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// ordered is a server that takes orders at a Unix socket.
type ordered struct {
	t       *testing.T
	api     string
	address string
}

func serveOrders(t *testing.T) *ordered {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "api")
	_, address := startServing(t, "--api-listen=unix:"+socket)
	return &ordered{t, "--api=unix:" + socket, address}
}

// says runs a command, whose output and status are as wanted.
func (o *ordered) says(status int, want string, args ...string) string {
	o.t.Helper()
	out, stderr, got := run(o.t, nil, append([]string{args[0], o.api}, args[1:]...)...)
	if got != status || !strings.Contains(out+stderr, want) || (status == 0) != (stderr == "") {
		o.t.Errorf("%q: status %d, %q, %q, want %d %q", args, got, out, stderr, status, want)
	}
	return out
}

// wsClient is a Socket.IO client in "/".
type wsClient struct {
	t    *testing.T
	conn *websocket.Conn
	id   string
}

func (o *ordered) client() *wsClient {
	o.t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+o.address+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		o.t.Fatal(err)
	}
	_ = res.Body.Close()
	o.t.Cleanup(func() { _ = conn.Close() })
	c := &wsClient{t: o.t, conn: conn}
	c.next()
	c.say("40")
	_, after, _ := strings.Cut(c.next(), `"sid":"`)
	c.id, _, _ = strings.Cut(after, `"`)
	o.known(c)
	return c
}

// known waits until every worker has found the client, whichever it asks of
// those that have just begun.
func (o *ordered) known(c *wsClient) {
	o.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	found := 0
	for late := time.After(patience); found < 4; {
		out, stderr, status := run(o.t, nil, "leave", "--socket="+c.id, "nowhere", o.api)
		if found++; status != 0 {
			found = 0
		}
		select {
		case <-tick.C:
		case <-late:
			o.t.Fatalf("not found: %s%s", out, stderr)
		}
	}
}

func (c *wsClient) say(packet string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *wsClient) next() string {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	_, b, err := c.conn.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

// What is typed reaches the client that it is for.
func TestOrders(t *testing.T) {
	o := serveOrders(t)
	c := o.client()
	o.says(0, "", "join", "--room="+c.id, "a,b", "c d")
	o.says(0, "", "emit", "--room=c d", "--no-compress", "m", "hi", `{"n":[1]}`, "12", "--", "-5")
	if got, want := c.next(), `42["m","hi",{"n":[1]},12,-5]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if out := o.says(0, "ROOM  SOCKETS\n", "rooms"); !strings.Contains(out, "a,b   1\n") || !strings.Contains(out, "c d   1\n") {
		t.Error(out)
	}
	var s struct {
		ID        string
		Rooms     []string
		Handshake map[string]any
	}
	if err := json.Unmarshal([]byte(o.says(0, "", "sockets", "--json", "--handshake", "--room=a,b", "--except=none", "--data={}")), &s); err != nil || s.ID != c.id || !slices.Contains(s.Rooms, "c d") || s.Handshake == nil {
		t.Errorf("%+v, %v", s, err)
	}
	o.says(0, "SOCKET  WORKER  DATA  ROOMS\n", "sockets", "--user=nobody")
	if out := o.says(0, "", "sockets"); !regexp.MustCompile(`(?m)^` + c.id + `  \d+/[01]  +-  +(a,b c d|c d a,b)$`).MatchString(out) {
		t.Error(out)
	}
	o.says(0, "", "leave", "--socket", c.id, "c d")
	if out := o.says(0, "", "rooms", "--json"); out != `{"room":"a,b","sockets":1}`+"\n" {
		t.Error(out)
	}
	o.says(0, "", "disconnect", "--socket="+c.id)
	if got := c.next(); got != "41" {
		t.Error(got)
	}
}

// Acknowledgements are printed, and one that is missing is told.
func TestEmitThatWaits(t *testing.T) {
	o := serveOrders(t)
	c := o.client()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, b, err := c.conn.ReadMessage()
		if err == nil {
			number := strings.TrimSuffix(strings.TrimPrefix(string(b), "42"), `["q"]`)
			err = c.conn.WriteMessage(websocket.TextMessage, []byte("43"+number+`["yes",1]`))
		}
		if err != nil {
			t.Error(err)
		}
	}()
	o.says(0, c.id+` ["yes",1]`+"\n", "emit", "q", "--ack=20s", "--socket", c.id)
	<-answered
	o.says(1, "1 client not acknowledged, "+c.id+" first", "emit", "q", "--ack=2s", "--socket", c.id)
	o.says(1, `"missing":["`+c.id+`"]`, "emit", "q", "--ack=2s", "--json")
}

// What is typed wrong is refused here, what the server refuses says so.
func TestBadOrders(t *testing.T) {
	o := serveOrders(t)
	for line, want := range map[string]struct {
		status int
		text   string
	}{
		"emit":                           {2, "emit: accepted: EVENT [ARGUMENT ...]"},
		"emit m --socket=a --room=b":     {2, "does not go with --room"},
		"emit m --ack=2m":                {2, `--ack "2m": accepted: a duration such as 5s, up to 1m`},
		"emit m --namespace=chat":        {2, `--namespace "chat": accepted: a name that begins with /`},
		"emit disconnect":                {1, "emit: unix:"},
		"emit m --rom=a":                 {2, "--rom: there is no such flag, did you mean --room?"},
		"emit m --socket=none":           {1, `there is no socket "none"`},
		"join":                           {2, "join: accepted: ROOM ..."},
		"join a":                         {2, "join: for whom? Give --socket, --room, or --all"},
		"leave a":                        {2, "leave: for whom?"},
		"disconnect":                     {2, "disconnect: for whom?"},
		"disconnect x":                   {2, `disconnect "x": accepted: no argument`},
		"join a --all --namespace=/none": {1, `there is no namespace "/none"`},
		"sockets --data=1":               {2, "accepted: a JSON object"},
		"sockets --data={} --user=a":     {2, "does not go with --data"},
		"sockets --handshake":            {2, "goes with --json"},
		"sockets --limit=0":              {2, "--limit"},
		"rooms --socket=a":               {2, "--socket"},
		"rooms --namespace=/none":        {1, "there is no namespace"},
		"tail --kind=emit":               {2, "connect, refuse, disconnect, event, sent"},
		"tail --namespace=chat":          {2, "begins with /"},
		"tail x":                         {2, "no argument"},
	} {
		out, stderr, status := run(t, nil, append(strings.Fields(line), o.api)...)
		if status != want.status || !strings.Contains(stderr, want.text) || strings.Count(stderr, "\n") != 1 || strings.Count(out, "\n") > 1 {
			t.Errorf("%s: status %d, %q, %q", line, status, out, stderr)
		}
	}
	nobody := "--api=unix:" + filepath.Join(t.TempDir(), "nobody")
	for _, name := range []string{"emit m", "sockets", "rooms", "tail", "disconnect --all"} {
		if _, stderr, status := run(t, nil, append(strings.Fields(name), nobody)...); status != 1 || !strings.Contains(stderr, "nobody listens there") {
			t.Errorf("%s: status %d, %q", name, status, stderr)
		}
	}
}

// A tail shows what clients do, until it is interrupted.
func TestTailCommand(t *testing.T) {
	o := serveOrders(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "tail", "--no-args", o.api)
	cmd.Env = environment()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Errorf("%q, want %q", lines.Text(), want)
		}
	}
	next("watching")
	next("watching")
	c := o.client()
	next("connect    / " + c.id + " 127.0.0.1")
	c.say(`427["say\n","x"]`)
	next("event      / " + c.id + " 127.0.0.1 say? (3 bytes) ack")
	c.say("41")
	next("disconnect / " + c.id + " 127.0.0.1: client namespace disconnect")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		t.Errorf("%q", lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
