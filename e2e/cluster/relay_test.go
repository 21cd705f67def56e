package cluster

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/raw"
)

// never is a heartbeat that does not come while a test lasts, so that answers
// hold nothing but what was asked for.
var never = []string{"--ping-interval=10m", "--ping-timeout=10m"}

// session is a polling session that has joined "/", led request by request.
type session struct {
	sid      string
	revision int
}

var sidPattern = regexp.MustCompile(`"sid":"([^"]+)"`)

// openSession opens a session. Each of its requests has a connection of its
// own: with round-robin, each reaches another worker.
func openSession(t *testing.T, n *node.Node, revision int) *session {
	t.Helper()
	s := &session{revision: revision}
	m := sidPattern.FindStringSubmatch(s.alone(t, n, "GET", ""))
	if m == nil {
		t.Fatal("no session")
	}
	s.sid = m[1]
	if revision == 4 {
		s.alone(t, n, "POST", "40")
	}
	if joined := s.alone(t, n, "GET", ""); !strings.Contains(joined, "40") {
		t.Fatalf("not joined: %s", joined)
	}
	return s
}

func (s *session) alone(t *testing.T, n *node.Node, method, packet string) string {
	t.Helper()
	r := send(t, n, "127.0.0.1", s.request(method, packet, "Connection: close"))
	status, body, err := r.answer(within(t, patience))
	if err != nil || status != 200 {
		t.Fatalf("%s: status %d %s, %v", method, status, body, err)
	}
	return body
}

func (s *session) query(transport string) string {
	q := fmt.Sprintf("/socket.io/?EIO=%d&transport=%s", s.revision, transport)
	if s.sid != "" {
		q += "&sid=" + s.sid
	}
	return q
}

// payload is a packet as a polling body carries it.
func (s *session) payload(packet string) string {
	if s.revision == 3 {
		return fmt.Sprintf("%d:%s", len(packet), packet)
	}
	return packet
}

// request makes the bytes of a request. A POST is chunked when a header says so.
func (s *session) request(method, packet string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, s.query("polling"))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if method == "GET" {
		return b.String() + "\r\n"
	}
	body := s.payload(packet)
	b.WriteString("Content-Type: text/plain;charset=UTF-8\r\n")
	if len(headers) > 0 && headers[0] == chunked {
		b.WriteString("\r\n")
		for len(body) > 0 {
			size := min(len(body), 1+rand.N(100_000))
			fmt.Fprintf(&b, "%x\r\n%s\r\n", size, body[:size])
			body = body[size:]
		}
		return b.String() + "0\r\n\r\n"
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

const chunked = "Transfer-Encoding: chunked"

// exchange is one of many on a connection.
type exchange struct {
	session *session
	method  string
	text    string
	want    string
}

// TestOneConnectionCarriesManySessions sends the requests of sessions of all
// workers in turn on one keep-alive connection, without waiting for answers,
// some with a length and some chunked, up to the largest body: every answer
// comes, whole and in order.
func TestOneConnectionCarriesManySessions(t *testing.T) {
	t.Parallel()
	const limit = 1_000_000
	n := serve(t, append(never, "--balance=round-robin", fmt.Sprintf("--max-http-buffer-size=%d", limit))...)
	var sessions []*session
	for i := range 2 * workers {
		sessions = append(sessions, openSession(t, n, 3+i%2))
	}
	var exchanges []exchange
	bytes := 0
	for round, size := range []int{1, 1000, 65_000, 65_536, 65_537, 131_072, 400_000, limit} {
		for i, s := range sessions {
			packet := echoPacket(s, round, size)
			framing := chunked
			if (round+i)%3 == 0 {
				framing = "X: y"
			}
			exchanges = append(exchanges,
				exchange{s, "POST", s.request("POST", packet, framing), "ok"},
				exchange{s, "GET", s.request("GET", ""), s.payload(echoAnswer(packet))})
			bytes += len(packet)
		}
	}
	c := send(t, n, "127.0.0.1", "")
	began := time.Now()
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	go func() { // ends with the connection
		for _, x := range exchanges {
			if _, err := io.WriteString(c, x.text); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	r := bufio.NewReader(c)
	for i, x := range exchanges {
		a, err := http.ReadResponse(r, &http.Request{Method: x.method})
		if err != nil {
			t.Fatalf("answer %d of %d: %v", i, len(exchanges), err)
		}
		body, err := io.ReadAll(a.Body)
		if err != nil || a.StatusCode != 200 || string(body) != x.want {
			t.Fatalf("answer %d of %d, %s: status %d, %d bytes %.80q, wanted %d %.80q, %v", i, len(exchanges), x.method, a.StatusCode, len(body), body, len(x.want), x.want, err)
		}
	}
	t.Logf("%d requests of %d sessions, %d bytes each way, in %v", len(exchanges), len(sessions), bytes, time.Since(began))
	c.Close()
	stop(t, n)
	if relayed := n.Sum("relayed"); relayed < len(exchanges)/2 {
		t.Errorf("%d of %d requests relayed", relayed, len(exchanges))
	}
}

// echoPacket is an event whose payload is size bytes of random letters or less,
// such that the polling body is not longer than size where it can be.
func echoPacket(s *session, id, size int) string {
	head := fmt.Sprintf(`42%d["echo","`, id)
	room := max(1, size-len(head)-len(`"]`))
	if s.revision == 3 {
		room = max(1, room-len(fmt.Sprintf("%d:", size)))
	}
	letters := make([]byte, room)
	for i := range letters {
		letters[i] = 'a' + byte(rand.N(26))
	}
	return head + string(letters) + `"]`
}

func echoAnswer(packet string) string {
	return "43" + strings.Replace(packet[2:], `["echo",`, "[", 1)
}

// TestUpgradeThroughTheWrongWorker upgrades sessions on connections that reach
// another worker, with the first frames sent right behind the request: nothing
// of them is lost, whoever had read it.
func TestUpgradeThroughTheWrongWorker(t *testing.T) {
	t.Parallel()
	n := serve(t, append(never, "--balance=round-robin")...)
	const upgrades = 2 * workers
	for i := range upgrades {
		// Its requests have had three connections (two for revision 3), so that the next one reaches another worker.
		s := openSession(t, n, 3+i%2)
		c := send(t, n, "127.0.0.1", "")
		_ = c.SetDeadline(time.Now().Add(patience))
		head := strings.Replace(openSocket, "/socket.io/?EIO=4&transport=websocket", s.query("websocket"), 1)
		r := bufio.NewReader(c)
		ask := fmt.Sprintf(`421["echo","%d"]`, i)
		text := func(packets ...string) (b string) {
			for _, p := range packets {
				b += raw.Frame(0x80|raw.Text, p)
			}
			return b
		}
		if i%4 < 2 { // everything at once
			write(t, c, head+text("2probe", "5", ask))
			frames(t, r, "3probe", echoAnswer(ask))
		} else {
			write(t, c, head+text("2probe"))
			frames(t, r, "3probe")
			write(t, c, text("5", ask))
			frames(t, r, echoAnswer(ask))
		}
		c.Close()
	}
	stop(t, n)
	if handed := n.Sum("handed_over"); handed != upgrades {
		t.Errorf("%d of %d connections were handed over", handed, upgrades)
	}
}

func write(t *testing.T, c io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// frames reads short text frames, after the answer to the opening handshake if
// that has not come yet.
func frames(t *testing.T, r *bufio.Reader, want ...string) {
	t.Helper()
	if start, err := r.Peek(4); err == nil && string(start) == "HTTP" {
		a, err := http.ReadResponse(r, nil)
		if err != nil || a.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("upgrade: %v, %v", a, err)
		}
	}
	for _, w := range want {
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatalf("waiting for %s: %v", w, err)
		}
		payload := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(r, payload); err != nil || string(payload) != w {
			t.Fatalf("got %q, wanted %q, %v", payload, w, err)
		}
	}
}
