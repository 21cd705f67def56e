package command

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A server that was started in a terminal ends with it, as any program there.
func TestTerminalCloses(t *testing.T) {
	cmd, term := serveInTerminal(t, `exec "$0" "$@"`)
	term.hangUp(t)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("goes on without its terminal")
		_ = cmd.Process.Kill()
		<-ended
	}
}

// With nohup it goes on, and then SIGHUP asks for the configuration again.
func TestTerminalClosesUnderNohup(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd, term := serveInTerminal(t, `trap "" HUP; exec "$0" "$@" 2>&3 3>&-`, write)
	write.Close()
	term.hangUp(t)
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(read)
	awaitLine(t, log, "the server goes on")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	awaitLine(t, log, "configuration reloaded")
}

func awaitLine(t *testing.T, log *bufio.Scanner, text string) {
	t.Helper()
	for log.Scan() {
		if strings.Contains(log.Text(), text) {
			return
		}
	}
	t.Fatalf("no %q in the log: %v", text, log.Err())
}

func serveInTerminal(t *testing.T, script string, files ...*os.File) (*exec.Cmd, *terminal) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script, program, "--listen", "127.0.0.1:0", "--workers", "1")
	cmd.Env = environment()
	cmd.ExtraFiles = files
	term := inTerminal(t, cmd)
	term.await(t, 0, "ready in")
	return cmd, term
}
