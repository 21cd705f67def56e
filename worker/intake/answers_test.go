package intake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// A command that has been answered has been done everywhere.
func TestAnsweredIsDone(t *testing.T) {
	b := begin(t)
	all := b.workers(3)
	a := b.app()
	var clients []*client
	for _, w := range all {
		clients = append(clients, w.client(""))
	}
	other := all[0].io.Of("/")
	for i := range 20 {
		room := fmt.Sprint("r", i)
		a.asks("join._", `{"join":["`+room+`"]}`, `{"ok":true}`)
		// By another way than the command's.
		if err := other.To(room).Emit("m", i); err != nil {
			t.Fatal(err)
		}
		for _, c := range clients {
			c.Hears(fmt.Sprintf(`42["m",%d]`, i))
		}
	}
	a.asks("leave._", `{"rooms":["r1"],"leave":["r1","r2"]}`, `{"ok":true}`)
	a.asks("rooms._", `{"rooms":["r3"],"limit":3,"after":"r0"}`, `{"rooms":[{"room":"r10","sockets":3},{"room":"r11","sockets":3},{"room":"r12","sockets":3}],"next":"r12","workers":[]}`)
	if got := a.ask("rooms._", `{"limit":2,"after":"r19"}`); strings.Contains(got, `"r2"`) || !strings.Contains(got, `{"room":"r3","sockets":3}`) {
		t.Errorf("%s", got)
	}
	a.asks("disconnect._."+clients[1].ID, ``, `{"ok":true}`)
	clients[1].Hears("41")
	a.asks("disconnect._", `{"close":true,"except":["`+clients[0].ID+`"]}`, `{"ok":true}`)
	clients[2].ends()
	a.tell("emit._", `{"event":"left"}`)
	clients[0].Hears(`42["left"]`)
}

// ends reads until the connection is over.
func (c *client) ends() {
	c.t.Helper()
	_ = c.Conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := c.Conn.ReadMessage()
		var timeout interface{ Timeout() bool }
		if errors.As(err, &timeout) && timeout.Timeout() {
			c.t.Fatal("still open")
		}
		if err != nil {
			return
		}
	}
}

// answer acknowledges the next event.
func (c *client) answer(args string) {
	c.t.Helper()
	p := c.Next()
	at := strings.IndexByte(p, '[')
	if at < 3 || !strings.HasPrefix(p, "42") {
		c.t.Fatalf("heard %s, which wants no acknowledgement", p)
	}
	c.Say("43" + p[2:at] + args)
}

// Clients' acknowledgements come back from all workers, with who is missing.
func TestAcks(t *testing.T) {
	b := begin(t)
	all := b.workers(3)
	a := b.app()
	var clients []*client
	for _, w := range all {
		clients = append(clients, w.client(""))
	}
	acked := func(subject, body string, do func()) (got contract.Acked) {
		t.Helper()
		answer := make(chan string, 1)
		go func() { answer <- a.ask(subject, body) }()
		do()
		if err := json.Unmarshal([]byte(<-answer), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := acked("emit._", `{"event":"q","ack":{"timeoutMs":20000}}`, func() {
		for i, c := range clients {
			c.answer(fmt.Sprintf(`[%d,"a"]`, i))
		}
	})
	if !got.OK || len(got.Answers) != 3 || len(got.Missing) != 0 || len(got.Workers) != 0 {
		t.Errorf("%+v", got)
	}
	for _, x := range got.Answers {
		i := slices.IndexFunc(clients, func(c *client) bool { return c.ID == x.ID })
		if i < 0 || string(x.Args) != fmt.Sprintf(`[%d,"a"]`, i) {
			t.Errorf("%s has answered %s", x.ID, x.Args)
		}
	}
	// One is silent.
	got = acked("emit._", `{"event":"q","ack":{"timeoutMs":300}}`, func() {
		clients[0].answer("[]")
		clients[2].answer(`[{"$binary":1}]`)
	})
	if got.OK || len(got.Answers) != 2 || !slices.Equal(got.Missing, []string{clients[1].ID}) {
		t.Errorf("%+v", got)
	}
	clients[1].Next()
	// One alone, by its worker, and of this worker all.
	home := "at." + contract.HomeOf(clients[2].ID)
	for _, subject := range []string{"emit._." + clients[2].ID, home + ".emit._." + clients[2].ID, home + ".emit._"} {
		got = acked(subject, `{"event":"q","ack":{"timeoutMs":20000}}`, func() { clients[2].answer(`["x"]`) })
		if !got.OK || len(got.Answers) != 1 || got.Answers[0].ID != clients[2].ID || string(got.Answers[0].Args) != `["x"]` {
			t.Errorf("%s: %+v", subject, got)
		}
	}
	// Nobody.
	a.asks("emit._.nobody", `{"event":"q","ack":{"timeoutMs":20000}}`, `{"ok":true,"answers":[],"missing":[],"workers":[]}`)
}

// Binary acknowledgements come back as such.
func TestBinaryAck(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	c := w.client("")
	answer := make(chan string, 1)
	go func() { answer <- a.ask("emit._", `{"event":"q","ack":{"timeoutMs":20000}}`) }()
	p := c.Next()
	c.Say("461-" + p[2:strings.IndexByte(p, '[')] + `[{"_placeholder":true,"num":0},{"$binary":2}]`)
	if err := c.Conn.WriteMessage(2, []byte{1, 2, 255}); err != nil {
		t.Fatal(err)
	}
	want := `{"ok":true,"answers":[{"id":"` + c.ID + `","args":[{"$binary":"AQL/"},{"$$binary":2}]}],"missing":[],"workers":[]}`
	if got := <-answer; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Who is there is told page by page.
func TestSockets(t *testing.T) {
	b := begin(t)
	all := b.workers(3, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) {
			_ = s.SetData(map[string]int{"n": 1})
			_ = s.Join("all")
		})
	})
	a := b.app()
	var ids []string
	for i := range 7 {
		c := all[i%3].client("")
		c.Join("own" + fmt.Sprint(i)) // behind the handler
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	page := func(subject, body string) (p contract.SocketsPage) {
		t.Helper()
		if err := json.Unmarshal([]byte(a.ask(subject, body)), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var seen []string
	after := ""
	for pages := 1; ; pages++ {
		p := page("sockets._.all", `{"limit":3,"after":"`+after+`"}`)
		for _, s := range p.Sockets {
			seen = append(seen, s.ID)
			if s.Home != contract.HomeOf(s.ID) || s.Rooms[0] != s.ID || !slices.Contains(s.Rooms, "all") || string(s.Data) != `{"n":1}` || s.Handshake != nil {
				t.Errorf("%+v", s)
			}
		}
		if after = p.Next; after == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if !slices.Equal(seen, ids) {
		t.Errorf("%q, want %q", seen, ids)
	}
	p := page("sockets._."+ids[0], `{"handshake":true}`)
	if len(p.Sockets) != 1 || p.Sockets[0].Handshake == nil || p.Sockets[0].Handshake.Address != "127.0.0.1" || p.Sockets[0].Handshake.Query["EIO"][0] != "4" || string(p.Sockets[0].Handshake.Auth) != "{}" {
		t.Errorf("%+v", p)
	}
	if p = page("at."+contract.HomeOf(ids[0])+".sockets._", ``); len(p.Sockets) < 2 || len(p.Sockets) > 3 {
		t.Errorf("%d sockets of one worker", len(p.Sockets))
	}
	if p = page("sockets.chat", ``); len(p.Sockets) != 0 || p.Next != "" {
		t.Errorf("%+v", p)
	}
}

// Server-side events reach the handlers of all workers, each once, and their
// answers come back.
func TestServerSideEmit(t *testing.T) {
	b := begin(t)
	heard := make(chan string, 10)
	b.workers(3, func(s *socketio.Server) {
		s.Of("/").OnServerSide("hello", func(e *socketio.ServerEvent) {
			heard <- string(e.Args().JSON)
			if e.WantsAck() {
				_ = e.Ack("there", []byte{1})
			}
		})
	})
	a := b.app()
	wait := func(want string) {
		t.Helper()
		for range 3 {
			select {
			case got := <-heard:
				if got != want {
					t.Errorf("heard %s, want %s", got, want)
				}
			case <-time.After(patience):
				t.Fatal("not heard")
			}
		}
	}
	a.tell("server-side-emit", `{"event":"hello","args":[1]}`)
	wait("[1]")
	a.asks("server-side-emit._", `{"event":"hello","args":[2]}`, `{"ok":true}`)
	wait("[2]")
	got := a.ask("server-side-emit._", `{"event":"hello","args":[3],"ack":{"timeoutMs":20000}}`)
	wait("[3]")
	var acked contract.ServersAcked
	if err := json.Unmarshal([]byte(got), &acked); err != nil || !acked.OK || len(acked.Answers) != 3 || len(acked.Workers) != 0 {
		t.Errorf("%s", got)
	}
	slots := make(map[uint8]bool)
	for _, x := range acked.Answers {
		slots[x.Slot] = true
		if x.Node != 7 || string(x.Args) != `["there",{"$binary":"AQ=="}]` {
			t.Errorf("%+v", x)
		}
	}
	if len(slots) != 3 {
		t.Errorf("%v", slots)
	}
	got = a.ask("server-side-emit._", `{"event":"unheard","ack":{"timeoutMs":20000}}`)
	if err := json.Unmarshal([]byte(got), &acked); err != nil || acked.OK || len(acked.Workers) != 3 {
		t.Errorf("%s", got)
	}
}
