package master

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// masterEnv makes this test binary a master on the given addresses.
const masterEnv = "MASTER_TEST_LISTEN"

func masterMain(listen []string) int {
	err := Run(context.Background(), Options{Listen: listen, Workers: 3, Embedded: []byte("{}"), Started: func(s Started) {
		fmt.Println("started", s.Addresses[0])
	}})
	fmt.Println(err)
	return 1
}

// quickExit keeps the race detector from making each child's end a second long.
func quickExit(t *testing.T) { t.Setenv("GORACE", "atexit_sleep_ms=0") }

func TestProcessIsReplaced(t *testing.T) {
	quickExit(t)
	m := begin(t, Options{Workers: 8, Balance: RemoteAddress}, realSystem(), nil)
	t.Logf("8 workers serve after %v", m.Took)
	pids := make(map[string]answerOf)
	for n := 2; n < 40; n++ {
		from := fmt.Sprintf("127.0.0.%d", n)
		a, status, err := m.ask(t, from)
		if err != nil || status != 200 {
			t.Fatalf("%s: %d, %v", from, status, err)
		}
		pids[from] = a
	}
	victim := pids["127.0.0.2"]
	if title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", victim.pid)); err != nil || !strings.HasPrefix(string(title), fmt.Sprintf("ioserver: worker %d\x00", victim.slot)) {
		t.Errorf("cmdline %q, %v", title, err)
	}
	count := func() string { return strconv.Itoa(descriptors(t, "self")) }
	before := count()
	if err := syscall.Kill(victim.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for from, was := range pids { // at once: what meets the dead worker's inbox waits for its successor
		a, status, err := m.ask(t, from)
		switch {
		case err != nil || status != 200 || a.slot != was.slot:
			t.Errorf("%s: was %+v, now %+v, %d, %v", from, was, a, status, err)
		case was.pid == victim.pid && a.pid == was.pid:
			t.Errorf("%s: answered by the dead", from)
		case was.pid != victim.pid && a.pid != was.pid:
			t.Errorf("%s: moved", from)
		}
	}
	m.journal.await(t, "worker serves", 9)
	m.settles(t, count, before)
}

// What a worker has counted outlives it, and one that stands still is replaced; its successor goes on counting in the same cells.
func TestStoppedProcessIsReplaced(t *testing.T) {
	quickExit(t)
	m := begin(t, Options{Workers: 2, Balance: RoundRobin}, realSystem(), func(r *run) {
		r.watch.bounds = watchBounds{10 * time.Millisecond, time.Second, 2 * time.Second}
	})
	row, master := m.board.Slot(1), m.board.Master()
	sum := func() uint64 { return m.board.Slot(0).Counters[answered].Load() + row.Counters[answered].Load() }
	for range 10 {
		if _, status, err := m.ask(t, ""); err != nil || status != 200 {
			t.Fatalf("%d, %v", status, err)
		}
	}
	m.counted(t, "passed", master.Counters[scoreboard.Passed].Load, 10) // each just after its worker could take it
	if sum() != 10 || master.Counters[scoreboard.Accepted].Load() != 10 {
		t.Errorf("%d answered, %d accepted", sum(), master.Counters[scoreboard.Accepted].Load())
	}
	m.counted(t, "measured", func() uint64 { return uint64(row.Beat.Load()) }, 1)
	pid, life, cpu := int(row.PID.Load()), row.Life.Load(), row.CPU.Load()
	if n := row.Descriptors.Load(); n == 0 || n > row.DescriptorLimit.Load() || row.Memory.Load() == 0 || cpu == 0 {
		t.Errorf("%d descriptors of %d, %d bytes, %d ns", n, row.DescriptorLimit.Load(), row.Memory.Load(), cpu)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	m.journal.await(t, "worker does not turn, killing it", 1)
	m.journal.await(t, `msg="worker died" slot=1`, 1)
	m.journal.await(t, "worker serves", 3)
	if int(row.PID.Load()) == pid || row.Life.Load() <= life || row.CPU.Load() < cpu || row.Respawns.Load() != 1 {
		t.Errorf("pid %d, life %d after %d, CPU %d after %d, %d respawns", row.PID.Load(), row.Life.Load(), life, row.CPU.Load(), cpu, row.Respawns.Load())
	}
	for range 10 {
		if _, status, err := m.ask(t, ""); err != nil || status != 200 {
			t.Fatalf("%d, %v", status, err)
		}
	}
	if sum() != 20 {
		t.Errorf("%d answered after 20", sum())
	}
}

// Children hear nothing of what the service manager says to the master, nor of the variables that set its options.
func TestChildrenDoNotInheritEnvironment(t *testing.T) {
	quickExit(t)
	const secret = "not-for-children"
	for _, name := range []string{
		"IOSERVER_API_TOKEN", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
	} {
		t.Setenv(name, secret)
	}
	t.Setenv("NOTIFY_SOCKETS", "kept")
	m := begin(t, Options{Workers: 1}, realSystem(), nil)
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", m.board.Slot(0).PID.Load()))
	if err != nil {
		t.Fatal(err)
	}
	environment := strings.Split(string(b), "\x00")
	for _, v := range environment {
		if strings.Contains(v, secret) {
			t.Errorf("a child has %s", v)
		}
	}
	if !slices.Contains(environment, "NOTIFY_SOCKETS=kept") || !slices.Contains(environment, "GORACE=atexit_sleep_ms=0") {
		t.Error("a child misses what is nobody's secret")
	}
}

// settles asks on until count, which closes run behind, is what it was before.
func (m *running) settles(t *testing.T, count func() string, before string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		after := count()
		if after == before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("descriptors %s, before %s", after, before)
		}
		if _, _, err := m.ask(t, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDescriptorsStayWhereTheyWere(t *testing.T) {
	quickExit(t)
	m := begin(t, Options{Workers: 2, Balance: RoundRobin}, realSystem(), nil)
	a, _, err := m.ask(t, "")
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := m.ask(t, "")
	if err != nil {
		t.Fatal(err)
	}
	count := func() string {
		counts := []int{descriptors(t, "self")}
		for _, pid := range []int{a.pid, b.pid} {
			counts = append(counts, descriptors(t, strconv.Itoa(pid)))
		}
		return fmt.Sprint(counts)
	}
	visit := func(times int) {
		t.Helper()
		for range times {
			c, err := net.Dial("tcp", m.Addresses[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := unix.Close(abort(t, c)); err != nil {
				t.Fatal(err)
			}
		}
	}
	visit(100) // what a process opens once and keeps
	before, same := count(), 0
	for deadline := time.Now().Add(patience); same < 10; same++ { // until none of them is being answered
		if _, _, err := m.ask(t, ""); err != nil {
			t.Fatal(err)
		}
		if now := count(); now != before {
			before, same = now, 0
		}
		if time.Now().After(deadline) {
			t.Fatal("the descriptors do not settle")
		}
	}
	visit(2000)
	m.settles(t, count, before)
}

// abort makes closing c a reset, half of the time before its worker has seen it, and returns a descriptor to close.
func abort(t *testing.T, c net.Conn) int {
	t.Helper()
	tcp := c.(*net.TCPConn)
	if err := tcp.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	fd := -1
	if err := raw.Control(func(original uintptr) { fd, _ = unix.Dup(int(original)) }); err != nil {
		t.Fatal(err)
	}
	tcp.Close()
	return fd
}

// However the master dies, its children end.
func TestNoOrphans(t *testing.T) {
	quickExit(t)
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} { // this master handles neither
		t.Run(sig.String(), func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), masterEnv+"=127.0.0.1:0")
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			address, ok := strings.CutPrefix(strings.TrimSpace(line), "started ")
			if err != nil || !ok {
				t.Fatalf("%q, %v", line, err)
			}
			children := childrenOf(t, cmd.Process.Pid)
			if len(children) != 4 {
				t.Errorf("%d children, want 3 workers and a broker", len(children))
			}
			if _, status, err := ask("tcp", address, ""); status != 200 || err != nil {
				t.Errorf("%d, %v", status, err)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			for _, fd := range children {
				fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
				if n, err := unix.Poll(fds, int(patience.Milliseconds())); n != 1 || err != nil {
					t.Errorf("a child lives on: %d, %v", n, err)
				}
				unix.Close(fd)
			}
		})
	}
}

// childrenOf returns a pidfd for each child of pid.
func childrenOf(t *testing.T, pid int) (fds []int) {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range strings.Fields(string(b)) {
			child, _ := strconv.Atoi(field)
			fd, err := unix.PidfdOpen(child, 0)
			if err != nil {
				t.Fatal(err)
			}
			fds = append(fds, fd)
		}
	}
	return fds
}
