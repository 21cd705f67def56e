package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/server"
)

// limit is how long a run may take.
const limit = time.Minute

// result is what a test wants to know of the JSON.
type result struct {
	OK        bool
	Scenarios []struct {
		Name, Transport     string
		Clients, Operations int64
		Faults              map[string]int64
		Server              struct {
			Processes    int
			CPUSeconds   float64
			MemoryAfter  int64
			MemoryBefore int64
		}
	}
}

// Both servers are loaded alike, by either transport and revision, and nothing is
// lost.
func TestBench(t *testing.T) {
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := server.Build(dir, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []server.Command{server.Reference(dir, server.Options{}), server.IOServer(binary, server.Options{Workers: 2})} {
		t.Run(command.Name, func(t *testing.T) {
			s, err := server.Start(command)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Stop(); err != nil {
					t.Error(err)
				}
			})
			for _, revision := range []int{3, 4} {
				t.Run(fmt.Sprint("revision ", revision), func(t *testing.T) { load(t, binary, s, revision) })
			}
		})
	}
}

func load(t *testing.T, binary string, s *server.Server, revision int) {
	file := filepath.Join(t.TempDir(), "report.json")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, "bench", "connect", "idle", "echo", "polling", "--url", s.URL(), "--namespace", "/chat",
		"--revision", fmt.Sprint(revision), "--clients", "50", "--messages", "500", "--duration", "200ms",
		"--pid", fmt.Sprint(s.PID()), "--json", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"connect websocket": 50, "idle websocket": 0, "echo websocket": 500, "connect polling": 50, "polling polling": 500}
	if !r.OK || len(r.Scenarios) != len(want) {
		t.Errorf("%+v\n%s", r, out)
	}
	for _, sc := range r.Scenarios {
		if n, ok := want[sc.Name+" "+sc.Transport]; !ok || sc.Operations != n || sc.Clients != 50 || sc.Server.Processes < 1 || sc.Server.MemoryAfter < 1<<20 {
			t.Errorf("%+v", sc)
		}
		for kind, n := range sc.Faults {
			if n != 0 {
				t.Errorf("%s: %d %s", sc.Name, n, kind)
			}
		}
	}
}
