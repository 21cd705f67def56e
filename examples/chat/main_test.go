package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/socketio"
)

func TestChat(t *testing.T) {
	io, err := socketio.NewServer(socketio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chat(io)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- io.Serve(l) }()

	nobody := dial(t, l.Addr(), "")
	expect(t, nobody, `44{"message":"who are you?","data":{"code":"no_name"}}`)
	ann := dial(t, l.Addr(), `{"name":"Ann"}`)
	expect(t, ann, `40{`)
	bob := dial(t, l.Addr(), `{"name":"Bob"}`)
	expect(t, bob, `40{`)
	expect(t, ann, `42["joined",{"room":"lobby","name":"Bob"}]`)
	send(t, ann, `420["say",{"room":7}]`)
	expect(t, ann, `430[{"error":{"code":"invalid_argument",`)
	send(t, ann, `421["say",{"room":"kitchen","text":"tea?"}]`)
	expect(t, ann, `431[{"error":{"code":"not_in_room",`)
	send(t, ann, `422["say",{"room":"lobby","name":"Eve","text":"tea?"}]`)
	expect(t, bob, `42["said",{"room":"lobby","name":"Ann","text":"tea?"}]`)
	expect(t, ann, `432["ok"]`)
	send(t, bob, "41")
	expect(t, ann, `42["left",{"name":"Bob"}]`)
	send(t, ann, `423["who",{"room":"lobby"}]`)
	expect(t, ann, `433[[{"name":"Ann"}]]`)

	if err := io.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// The program that the guide begins with compiles.
func TestGuideProgramCompiles(t *testing.T) {
	guide, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(guide), "```go\n")
	program, _, ok := strings.Cut(program, "```")
	if !ok || !strings.HasPrefix(program, "package main\n") {
		t.Fatalf("no program: %q", program)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "vet", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// dial connects a client of protocol 5 and asks for the root namespace.
func dial(t *testing.T, addr net.Addr, auth string) *websocket.Conn {
	t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial("ws://"+addr.String()+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	t.Cleanup(func() { _ = c.Close() })
	expect(t, c, "0{")
	send(t, c, "40"+auth)
	return c
}

func send(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, c *websocket.Conn, begin string) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, b, err := c.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(b), begin) {
		t.Fatalf("%s, want %s", b, begin)
	}
}
