package command

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// --demo serves a page at / and an event that acknowledges its arguments.
func TestDemo(t *testing.T) {
	p, address := startServing(t, "--cors-origin=*")
	if !strings.Contains(p.output(), "level=WARN") || !strings.Contains(p.output(), "--cors-origin=*") {
		t.Errorf("nothing is said of the open door:\n%s", p.output())
	}
	p.await(t, "demo: http://"+address+"/")
	for path, want := range map[string]int{"/": http.StatusOK, "/other": http.StatusNotFound} {
		client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != want || (want == http.StatusOK) != strings.Contains(string(body), "<title>ioserver</title>") {
			t.Errorf("%s: %d, %q, %v", path, res.StatusCode, body, err)
		}
	}
	demoEcho(t, address)
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
}

func demoEcho(t *testing.T, address string) {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ send, want string }{
		{"", "0{"},
		{"40", "40{"},
		{`421["echo"]`, `431[]`},
		{`42["echo","nobody asked"]`, ""},
		{`422["echo","a",{"b":[1,null]}]`, `432["a",{"b":[1,null]}]`},
	} {
		if step.send != "" {
			if err := c.WriteMessage(websocket.TextMessage, []byte(step.send)); err != nil {
				t.Fatal(err)
			}
		}
		if step.want == "" {
			continue
		}
		if _, got, err := c.ReadMessage(); err != nil || !strings.HasPrefix(string(got), step.want) {
			t.Fatalf("%s: %s, %v", step.send, got, err)
		}
	}
}
