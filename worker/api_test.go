package worker_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker"
)

func sum(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}

// listener passes a connection of one of the master's listeners.
func (n *neighbours) listener(number, listener int) *connection {
	n.t.Helper()
	return n.pass(number, fdpass.AppendOrigin(nil, fdpass.Origin{Listener: uint16(listener), Accepted: time.Now()}))
}

func (c *connection) api(method, path, token, body string) {
	c.t.Helper()
	if token != "" {
		token = "Authorization: Bearer " + token + "\r\n"
	}
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: h\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, token, len(body), body); err != nil {
		c.t.Fatal(err)
	}
}

// The listener that a connection came by says what is served on it.
func TestAPIHasItsListeners(t *testing.T) {
	n := begin(t)
	n.start(0)
	q := n.session(0)
	waiting := n.poll(0, "GET", q, "")
	for listener, status := range []int{404, 200, 200} {
		c := n.listener(0, listener)
		c.api("GET", "/healthz", "", "")
		c.expect(status, "")
	}
	for listener, status := range []int{404, 401, 200} { // the last is a Unix socket
		c := n.listener(0, listener)
		c.api("POST", "/api/emit", "", `{"event":"m","args":[1]}`)
		c.expect(status, "")
	}
	waiting.expect(200, `42["m",1]`)
	for _, listener := range []int{1, 2} {
		c := n.listener(0, listener)
		c.request("GET", "", "")
		c.expect(404, `{"error":{"code":"not_found"`)
	}
}

// What is known of the cluster is told without the bus, too: of every slot, also
// of those where nobody is.
func TestStatusWithoutTheBus(t *testing.T) {
	n := begin(t)
	n.start(0)
	c := n.listener(0, 2)
	c.api("GET", "/api/status", "", "")
	c.expect(200, `{"version":"","node":7,"slot":0,"serving":false,"bus":{"connected":false,"server":"","peers":0},"nodes":[{"id":7,"boot":"0000000000000001","self":true,`)
	c.api("GET", "/api/status", "", "")
	c.says(`{"slot":1,"state":"down","pid":0,"life":0,"respawns":0,"connections":0,"sessions":{"polling":0,"websocket":0},"relayed":{"machine":0,"cluster":0},"tunnels":0,"server":""}]}]}` + "\n")
}

// A new configuration is taken while the worker runs; one that cannot be is
// refused as a whole.
func TestReload(t *testing.T) {
	n := begin(t)
	n.start(0)
	c := n.listener(0, 1)
	try := func(token string, status int) {
		t.Helper()
		if c == nil {
			c = n.listener(0, 1)
		}
		c.api("POST", "/api/emit", token, `{"event":"m"}`)
		c.expect(status, "")
		if status != 200 {
			c = nil
		}
	}
	reload := func(change func(*worker.Config)) {
		t.Helper()
		s := settings()
		change(&s)
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		n.tell(0, fdpass.Reload{Config: raw})
	}
	try("token", 200)
	n.poll(0, "GET", "", "").expect(200, `0{"sid":"`)
	reload(func(s *worker.Config) { s.APITokens = []string{"none"}; s.LogLevel = slog.LevelError })
	n.tell(0, fdpass.Reload{Config: json.RawMessage(`{"Path":7}`)})
	reload(func(s *worker.Config) {
		s.APITokens, s.LogLevel, s.PingInterval = []string{sum("new")}, slog.LevelWarn, 7*time.Second
		s.CORSOrigins, s.MaxHTTPBufferSize = []string{"https://a.example"}, 1<<40
	})
	select {
	case l := <-n.slots[0].levels:
		if l != slog.LevelWarn {
			t.Errorf("the log's level is %v: a configuration was taken in part", l)
		}
	case <-time.After(patience):
		t.Fatal("not reloaded")
	}
	try("token", 401)
	try("new", 200)
	c = n.connect(0, time.Now())
	if _, err := fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\nOrigin: https://b.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	c.expect(403, "")
	most := 16 << 20 // what the bus has room for
	n.poll(0, "GET", "", "").expect(200, `0{"sid":"`)
	c = n.connect(0, time.Now())
	c.request("GET", "", "")
	c.says(fmt.Sprintf(`"pingInterval":7000,"pingTimeout":3600000,"maxPayload":%d}`, most))
}

// A worker whose configuration changes before it begins, begins with that.
func TestReloadBeforeTheStart(t *testing.T) {
	n := begin(t)
	n.launch(0, fdpass.Bus{Cluster: "test"})
	s := settings()
	s.APITokens = []string{sum("new")}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	n.tell(0, fdpass.Reload{Config: raw})
	n.tell(0, fdpass.Bus{URLs: []string{"nats://127.0.0.1:1"}, Cluster: "test"})
	n.hear(0)
	c := n.listener(0, 1)
	c.api("POST", "/api/emit", "new", `{"event":"m"}`)
	c.expect(200, "")
}

// A worker measures itself while nothing happens, and leaves what it counted to
// its successor.
func TestPulse(t *testing.T) {
	n := begin(t)
	n.start(0)
	row := n.board.Slot(0)
	beat := func(after int64) int64 {
		t.Helper()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for late := time.After(patience); ; {
			select {
			case <-tick.C:
				if b := row.Beat.Load(); b > after {
					return b
				}
			case <-late:
				t.Fatal("no beat")
			}
		}
	}
	first := beat(0)
	beat(first)
	n.session(0)
	n.stop(0)
	counted := counters(row)
	if counted == 0 || row.Memory.Load() == 0 {
		t.Error("nothing is left in the row")
	}
	row.End() // as the master does
	n.start(0)
	beat(0)
	if now := counters(row); now < counted {
		t.Errorf("the successor counts %d, after %d", now, counted)
	}
}

func counters(row *scoreboard.Row) (sum uint64) {
	for i := range row.Counters {
		sum += row.Counters[i].Load()
	}
	return sum
}
