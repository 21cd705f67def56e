package operate

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// fullPipe is a pipe that nobody reads and that has no room.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
	t.Cleanup(func() { r.Close() })
	t.Cleanup(func() { w.Close() })
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	for _, piece := range [][]byte{bytes.Repeat([]byte("\n"), 4096), []byte("\n")} {
		for {
			if _, err := syscall.Write(fds[1], piece); err != nil {
				break
			}
		}
	}
	if err := syscall.SetNonblock(fds[1], false); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// troubled are outputs that take nothing.
var troubled = map[string]func(*testing.T) *os.File{
	"full pipe": func(t *testing.T) *os.File {
		_, w := fullPipe(t)
		return w
	},
	"full pipe that does not block": func(t *testing.T) *os.File {
		_, w := fullPipe(t)
		if err := syscall.SetNonblock(int(w.Fd()), true); err != nil {
			t.Fatal(err)
		}
		return w
	},
	"closed pipe": func(t *testing.T) *os.File {
		r, w := fullPipe(t)
		r.Close()
		return w
	},
	"full disk": func(t *testing.T) *os.File {
		f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	},
}

// TestNobodyTakesTheLog: whatever becomes of the log and the banner, clients are
// served, a dead worker is replaced, and the end comes in order.
func TestNobodyTakesTheLog(t *testing.T) {
	for name, open := range troubled {
		t.Run(name, func(t *testing.T) {
			m := watch(t)
			clients, address := listenTCP(t)
			out := open(t)
			p := start(t, setup{
				env: m.env(0), files: []*os.File{clients}, names: "clients",
				stdout: out, stderr: out, flags: []string{"--log-level=debug"},
			})
			m.await(t, ready)
			talk(t, address, 48)
			before := p.worker(t)
			if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, "another worker in slot 0", func() bool {
				pid := p.children(t)["ioserver-w0"]
				return pid != 0 && pid != before
			})
			refused(t, address, 100)
			talk(t, address, 48)
			p.stop(t)
		})
	}
}

// TestLogIsTakenAgain: the reader was slow, and is told what it missed.
func TestLogIsTakenAgain(t *testing.T) {
	r, w := fullPipe(t)
	m := watch(t)
	clients, address := listenTCP(t)
	p := start(t, setup{env: m.env(0), files: []*os.File{clients}, names: "clients", stderr: w, flags: []string{"--log-level=debug"}})
	m.await(t, ready)
	talk(t, address, 16)
	w.Close() // the test's own
	var text bytes.Buffer
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(&text, r) })
	p.stop(t)
	reader.Wait()
	found := records(strings.Split(text.String(), "\n"))
	starts := 0
	for _, r := range found {
		if r["msg"] == "worker serves" {
			starts++
		}
	}
	if starts != 2 {
		t.Errorf("%d of 2 workers' lines, among %d:\n%s", starts, len(found), text.String())
	}
}

// refused has n requests refused for their origin, on one connection after the
// other.
func refused(t *testing.T, address string, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			transport := &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 3, byte(1+part))}}).DialContext}
			defer transport.CloseIdleConnections()
			for i := range n / 4 {
				q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/socket.io/?EIO=4&transport=polling", nil)
				if err != nil {
					t.Error(err)
					return
				}
				q.Header.Set("Origin", fmt.Sprintf("https://%d-%d.example.com", part, i))
				r, err := transport.RoundTrip(q)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
				if r.StatusCode < 400 {
					t.Error(r.Status)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestFlood: two thousand refused origins make a few lines that tell of all.
func TestFlood(t *testing.T) {
	const n = 2000
	p := start(t, setup{flags: []string{"--listen=127.0.0.1:0"}})
	refused(t, p.serves(t), n)
	p.stop(t) // tells of floods that go on
	lines, told := 0, 0
	for _, r := range records(p.output()) {
		if s, _ := r["msg"].(string); !strings.Contains(s, "another origin") {
			continue
		}
		lines++
		if repeated, ok := r["repeated"].(float64); ok {
			told += int(repeated)
		} else {
			told++
		}
		if r["slot"] == nil || r["origin"] == nil {
			t.Errorf("without slot or origin: %v", r)
		}
	}
	t.Logf("%d lines", lines)
	if told != n || lines > 100 {
		t.Errorf("%d lines tell of %d refusals, of %d", lines, told, n)
	}
}
