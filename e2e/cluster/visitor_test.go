package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// visitor is a client as a proxy brings it: its connections come from the
// proxy's address and begin with what the proxy writes, and so do the heads of
// its requests.
type visitor struct {
	from     string            // the proxy's address
	preamble string            // of each connection
	header   map[string]string // of each request
}

// seen is what the application knows of a visitor.
type seen struct {
	Address string `json:"address"`
	Secure  bool   `json:"secure"`
	Slot    int    `json:"-"`
}

func (v visitor) dial(n *node.Node) (net.Conn, error) {
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(v.from)}}
	c, err := d.Dial("tcp", n.Addr)
	if err == nil {
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = io.WriteString(c, v.preamble)
	}
	return c, err
}

// client keeps its connections, as proxies do.
func (v visitor) client(t *testing.T, n *node.Node) *http.Client {
	transport := &http.Transport{MaxConnsPerHost: 1, DialContext: func(context.Context, string, string) (net.Conn, error) { return v.dial(n) }}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: patience, Transport: transport}
}

// request makes a request on one of the client's connections.
func (v visitor) request(c *http.Client, n *node.Node, method, query, body string) (string, error) {
	req, err := http.NewRequest(method, "http://"+n.Addr+"/socket.io/?EIO=4&transport=polling"+query, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	for name, value := range v.header {
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %s", method, query, res.StatusCode, b)
	}
	return string(b), err
}

// visit polls, joins, and asks what is known of it.
func (v visitor) visit(c *http.Client, n *node.Node) (s seen, err error) {
	open, err := v.request(c, n, "GET", "", "")
	if err != nil {
		return s, err
	}
	id := sidPattern.FindStringSubmatch(open)
	if id == nil {
		return s, fmt.Errorf("no session: %s", open)
	}
	query := "&sid=" + id[1]
	for _, step := range []struct{ send, want string }{{"40", "40"}, {`421["info"]`, "431"}, {`422["whoami"]`, "432"}} {
		if _, err = v.request(c, n, "POST", query, step.send); err != nil {
			return s, err
		}
		var heard string
		if heard, err = v.request(c, n, "GET", query, ""); err != nil {
			return s, err
		}
		if err = s.learn(heard, step.want); err != nil {
			return s, err
		}
	}
	_, err = v.request(c, n, "POST", query, "1")
	return s, err
}

// learn takes what an acknowledgement tells.
func (s *seen) learn(packet, want string) error {
	args, ok := strings.CutPrefix(packet, want)
	if !ok {
		return fmt.Errorf("%s, not %s", packet, want)
	}
	if want == "40" {
		return nil
	}
	var told []struct {
		seen
		Slot *int `json:"slot"`
	}
	if err := json.Unmarshal([]byte(args), &told); err != nil || len(told) != 1 {
		return fmt.Errorf("%s: %w", packet, err)
	}
	if told[0].Slot != nil {
		s.Slot = *told[0].Slot
	} else {
		s.Address, s.Secure = told[0].Address, told[0].Secure
	}
	return nil
}

// once visits on a connection of its own.
func (v visitor) once(t *testing.T, n *node.Node) seen {
	t.Helper()
	c := v.client(t, n)
	defer c.CloseIdleConnections()
	s, err := v.visit(c, n)
	if err != nil {
		t.Errorf("%+v: %v", v, err)
	}
	return s
}

// overWebSocket opens a WebSocket, and asks what is known of it.
func (v visitor) overWebSocket(t *testing.T, n *node.Node) (s seen) {
	t.Helper()
	for i, packet := range v.upgrade(t, n, "", "", "40", `421["info"]`, `422["whoami"]`)[1:] {
		if err := s.learn(packet, []string{"40", "431", "432"}[i]); err != nil {
			t.Error(err)
		}
	}
	return s
}

// upgrade opens a WebSocket, sends each packet that is not empty, and returns
// what is heard after each; "5", which ends an upgrade, is not answered.
func (v visitor) upgrade(t *testing.T, n *node.Node, query string, packets ...string) (heard []string) {
	t.Helper()
	c, err := v.dial(n)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET /socket.io/?EIO=4&transport=websocket"+query+" HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
	for name, value := range v.header {
		fmt.Fprintf(c, "%s: %s\r\n", name, value)
	}
	fmt.Fprint(c, "\r\n")
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", res, err)
	}
	for _, packet := range packets {
		if packet != "" {
			if _, err := c.Write(append([]byte{0x81, 0x80 | byte(len(packet)), 0, 0, 0, 0}, packet...)); err != nil {
				t.Fatal(err)
			}
		}
		if packet != "5" {
			heard = append(heard, frame(t, r))
		}
	}
	return heard
}

// frame reads a short text of the server's.
func frame(t *testing.T, r io.Reader) string {
	t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		t.Fatal(err)
	}
	length := int(head[1])
	if length == 126 {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatal(err)
		}
		length = int(head[0])<<8 | int(head[1])
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}
