package command

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo terminal with a program in it, typed to as a person does.
type terminal struct {
	master *os.File
	mu     sync.Mutex
	text   bytes.Buffer
	grown  chan struct{}
	ended  chan struct{}
}

// inTerminal starts a program; it is killed with the test.
func inTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	n, err := unlock(master)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // programs inherit what is ignored, as where the tests run under nohup, not what is heard
	defer signal.Stop(heard)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	term := &terminal{master: master, grown: make(chan struct{}, 1), ended: make(chan struct{})}
	go term.read()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-term.ended
		master.Close()
		if t.Failed() {
			t.Logf("terminal: %q", term.output())
		}
	})
	return term
}

// unlock makes the other side usable, and returns its number. The file stays one
// that can be closed while it is read.
func unlock(master *os.File) (n int, err error) {
	raw, err := master.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed != nil {
			return
		}
		if n, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failed != nil {
			return
		}
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200})
	})
	return n, errors.Join(err, failed)
}

// hangUp closes the terminal's window.
func (term *terminal) hangUp(t *testing.T) {
	t.Helper()
	if err := term.master.Close(); err != nil {
		t.Fatal(err)
	}
	<-term.ended
}

// read takes what the program writes, until it and its children have ended.
func (term *terminal) read() {
	defer close(term.ended)
	var b [4096]byte
	for {
		n, err := term.master.Read(b[:])
		term.mu.Lock()
		term.text.Write(b[:n])
		term.mu.Unlock()
		select {
		case term.grown <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (term *terminal) output() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.String()
}

func (term *terminal) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// await waits for output from the given place on that contains the text, and
// returns where it ends.
func (term *terminal) await(t *testing.T, from int, text string) int {
	t.Helper()
	deadline := time.After(patience)
	for {
		out := term.output()
		if i := bytes.Index([]byte(out[from:]), []byte(text)); i >= 0 {
			return from + i + len(text)
		}
		select {
		case <-term.grown:
		case <-term.ended:
			t.Fatalf("ended without %q", text)
		case <-deadline:
			t.Fatalf("no %q after %q", text, out[from:])
		}
	}
}
