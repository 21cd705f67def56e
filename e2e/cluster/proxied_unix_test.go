package cluster

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProxyOfAUnixSocket has a proxy on the same machine come over a Unix
// socket: its headers decide where it is trusted as such, and count as a
// stranger's where it is not.
func TestProxyOfAUnixSocket(t *testing.T) {
	t.Parallel()
	const client = "192.0.2.1"
	for _, c := range []struct {
		name, trusted, preamble, want string
		flags                         []string
	}{
		{"X-Forwarded-For", "unix", "", client, nil},
		{"X-Forwarded-For decides", "unix", "", client, []string{"--balance=header"}},
		{"PROXY, version 1", "unix", proxyV1(client), client, []string{"--proxy-protocol"}},
		{"PROXY, version 2", "unix", proxyV2("2001:db8::1"), "2001:db8::1", []string{"--proxy-protocol"}},
		{"a stranger", "127.0.0.0/8", "", "", nil},
	} {
		dir, err := os.MkdirTemp("", "door") // a socket's path has to be short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		path := filepath.Join(dir, "clients")
		_, metric := limited(t, workers, append(c.flags, "--listen=127.0.0.1:0", "--listen=unix:"+path, "--trusted-proxy="+c.trusted)...)
		slots := make(map[int]bool)
		const visits = 2 * workers
		for range visits {
			conn, err := net.DialTimeout("unix", path, patience)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			header := "X-Forwarded-For: 198.51.100.9, " + client + "\r\n"
			if c.preamble != "" {
				header = "X-Forwarded-For: 198.51.100.9\r\n" // a client's of a proxy that does not look
			}
			heard := converse(t, conn, c.preamble, header, "40", `421["info"]`, `422["whoami"]`)
			var s seen
			for i, packet := range heard[1:] {
				if err := s.learn(packet, []string{"40", "431", "432"}[i]); err != nil {
					t.Fatal(err)
				}
			}
			if s.Address != c.want {
				t.Errorf("%s: the client is %q", c.name, s.Address)
			}
			slots[s.Slot] = true
		}
		// Where the client is known at the door, it has one worker. Who has no address goes in turn.
		if known := len(c.flags) > 0; known != (len(slots) == 1) {
			t.Errorf("%s: in slots %v", c.name, slots)
		}
		want := 0
		if c.want == "" || c.preamble != "" { // a client behind PROXY is a stranger too
			want = visits
		}
		awaitMetric(t, metric, "ioserver_forwarded_ignored_total", want)
	}
}

// converse opens a WebSocket, and returns what is heard after each packet.
func converse(t *testing.T, c net.Conn, preamble, header string, packets ...string) []string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, preamble+strings.TrimSuffix(fmt.Sprintf(socket, ""), "\r\n")+header+"\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", res, err)
	}
	heard := []string{frame(t, r)}
	for _, packet := range packets {
		if _, err := c.Write(append([]byte{0x81, 0x80 | byte(len(packet)), 0, 0, 0, 0}, packet...)); err != nil {
			t.Fatal(err)
		}
		heard = append(heard, frame(t, r))
	}
	return heard
}
