package e2e

import (
	"context"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/server"
)

const binaryTimeout = 60 * time.Second

// makeRun are the flags of the README's first command.
var makeRun = server.Options{Workers: 8, Balance: "round-robin", Flags: []string{"--demo"}}

// TestBinary builds what is delivered, as make does: it needs no library of the
// machine's, has a version, and serves the demo to every kind of client.
func TestBinary(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), binaryTimeout)
	defer cancel()
	binary := filepath.Join(t.TempDir(), "ioserver")
	build := exec.CommandContext(ctx, "../scripts/build.sh", binary)
	build.Env = append(os.Environ(), "VERSION=1.2.3-test")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	isStatic(t, binary)
	if out, err := exec.CommandContext(ctx, binary, "--version").Output(); err != nil || string(out) != "ioserver version 1.2.3-test\n" {
		t.Errorf("version %q, %v", out, err)
	}
	if b, err := os.ReadFile("../Makefile"); err != nil || !strings.Contains(string(b), "bin/ioserver --workers 8 --demo --balance round-robin\n") {
		t.Errorf("make run has other flags than this test: %v", err)
	}

	s, err := server.Start(server.IOServer(binary, makeRun))
	if err != nil {
		t.Fatal(err)
	}
	demoPage(ctx, t, s)
	for _, kind := range crowd.Kinds() {
		for i := range 8 { // on all workers
			demoEcho(ctx, t, s, kind, i)
		}
	}
	if err := s.Stop(); err != nil {
		t.Errorf("%v\n%s", err, s.Output())
	}
}

// isStatic fails unless the kernel alone can load the program.
func isStatic(t *testing.T, binary string) {
	t.Helper()
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("it needs %v, %v", libraries, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
}

func demoPage(ctx context.Context, t *testing.T, s *server.Server) {
	t.Helper()
	await.Eventually(t, binaryTimeout, "where the demo is, in the banner", func() (bool, string) {
		return strings.Contains(s.Output(), "demo: "+s.URL()+"/\n"), s.Output()
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), "<title>ioserver</title>") {
		t.Errorf("page: %d, %q, %v", answer.StatusCode, page, err)
	}
}

func demoEcho(ctx context.Context, t *testing.T, s *server.Server, kind crowd.Kind, i int) {
	t.Helper()
	c, err := crowd.Dial(ctx, crowd.Options{Kind: kind, Server: s.Addr, From: fmt.Sprintf("127.0.3.%d", i+1)})
	if err != nil {
		t.Fatalf("%v: %v", kind, err)
	}
	defer c.Close()
	answer, err := c.Ask(ctx, "echo", "hello", []int{i})
	if err != nil {
		t.Fatalf("%v: %v", kind, err)
	}
	if got, err := json.Marshal(answer); err != nil || string(got) != fmt.Sprintf(`["hello",[%d]]`, i) {
		t.Errorf("%v: echo %s, %v", kind, got, err)
	}
}
