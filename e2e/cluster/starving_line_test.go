package cluster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// TestLineLeavesDescriptors has more clients wait than a master with few
// descriptors could hold: its API answers, and a worker that dies is replaced.
func TestLineLeavesDescriptors(t *testing.T) {
	t.Parallel()
	const table, most = 256, 64
	dir, err := os.MkdirTemp("", "door")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	few, path := filepath.Join(dir, "few"), filepath.Join(dir, "api")
	if err := os.WriteFile(few, fmt.Appendf(nil, "#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", table, program), 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(few, nil, "--workers=2", "--accept-rate=1", "--api-listen=unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	endAfter(t, n, n.Stop)
	conns := make([]net.Conn, 2*table)
	for i := range conns {
		c, err := net.DialTimeout("tcp", n.Addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	_ = conns[len(conns)-1].SetReadDeadline(time.Now().Add(patience))
	if b, err := io.ReadAll(conns[len(conns)-1]); err != nil || !bytes.HasPrefix(b, []byte("HTTP/1.1 503")) {
		t.Errorf("one too many: %q, %v", b, err)
	}
	c, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET /readyz HTTP/1.1\r\nHost: api\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
		t.Errorf("the API while %d wait: %+v, %v", most, res, err)
	}
	if _, err := n.KillWorker(1, patience); err != nil {
		t.Errorf("while %d wait a worker is not replaced: %v", most, err)
	}
	if strings.Contains(n.Log(), "accepting pauses") {
		t.Error("accepting pauses")
	}
}
