package fdpass_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// childMain is what this test binary does as another process. It answers on its standard output.
func childMain(mode string) int {
	if mode == "starve" {
		fmt.Println(starve())
		return 0
	}
	c, ok := fdpass.Inherited()
	if !ok {
		fmt.Println("nobody's child")
		return 0
	}
	hello, err := c.Hello()
	if err != nil {
		fmt.Println("no hello:", err)
		return 0
	}
	switch mode {
	case "die reading": // takes one message and dies without a word
		if _, err := fdpass.NewReceiver(c.Inbox()).Receive(); err != nil {
			fmt.Println(err)
			return 1
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "send": // sends its slot to every inbox, and counts that
		board, err := scoreboard.Open(c.Scoreboard(), hello.Slots)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		boxes, err := c.Outboxes(hello.Slots)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		for i, s := range boxes {
			if err := s.Send(fdpass.Request, fmt.Appendf(nil, "from %d to %d", hello.Slot, i), -1); err != nil {
				fmt.Println(err)
				return 1
			}
			board.Slot(hello.Slot).Counters[7].Add(1)
		}
	}
	_, err = c.Receive()
	fmt.Println("end:", err)
	return 0
}

// child starts this binary with the given descriptors as its 3, 4, 5... and returns a function that waits for its output.
func child(t *testing.T, mode string, fds ...int) (wait func() string) {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	files := []uintptr{0, out.Fd(), 2}
	for _, fd := range fds {
		files = append(files, uintptr(fd))
	}
	pid, _, err := syscall.StartProcess("/proc/self/exe", []string{"child"}, &syscall.ProcAttr{
		Env: append(os.Environ(), childMode+"="+mode, "GORACE=atexit_sleep_ms=0"), Files: files,
	})
	if err != nil {
		t.Fatal(err)
	}
	name := out.Name()
	return func() string {
		t.Helper()
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
			t.Error(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
}

// null stands in the place of a scoreboard that nobody looks at.
func null(t *testing.T) int {
	t.Helper()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return int(file.Fd())
}

func TestNobodysChild(t *testing.T) {
	file, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	near, _ := stream(t)
	listening, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(listening)
	if err := unix.Bind(listening, &unix.SockaddrUnix{Name: t.TempDir() + "/s"}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(listening, 1); err != nil {
		t.Fatal(err)
	}
	for name, fds := range map[string][]int{
		"nothing": nil, "a file": {int(file.Fd())}, "a stream socket": {near}, "a listening socket": {listening},
	} {
		if got := child(t, "idle", fds...)(); got != "nobody's child" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, ok := fdpass.Inherited(); ok {
		t.Error("this test is nobody's child")
	}
}

// A socketpair that was made neither by the parent nor by a process that has gone makes nobody a child: here a shell stands between.
func TestGrandchildIsNobodysChild(t *testing.T) {
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	dup, err := unix.Dup(b.Descriptor())
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	file := os.NewFile(uintptr(dup), "control")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", exe+"; true")
	cmd.Env = append(os.Environ(), childMode+"=idle", "GORACE=atexit_sleep_ms=0")
	cmd.ExtraFiles = []*os.File{file}
	out, err := cmd.Output()
	file.Close()
	if got := strings.TrimSpace(string(out)); err != nil || got != "nobody's child" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestChildHearsMasterDie(t *testing.T) {
	sameDescriptors(t)
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	master := fdpass.NewControl(a)
	if err := master.Send(controlMessages[0]); err != nil {
		t.Fatal(err)
	}
	wait := child(t, "idle", b.Descriptor())
	b.Close()
	master.Close()
	if got := wait(); got != "end: EOF" {
		t.Error(got)
	}
}

func TestWorkersShareInboxes(t *testing.T) {
	sameDescriptors(t)
	const slots = 3
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	master := fdpass.NewControl(a)
	receivers := make([]*fdpass.Receiver, slots)
	reads := make([]*fdpass.End, slots)
	shared, err := scoreboard.New(slots)
	if err != nil {
		t.Fatal(err)
	}
	defer shared.Close()
	fds := []int{b.Descriptor(), shared.Descriptor(), 0}
	for i := range slots {
		read, write, err := fdpass.Pair()
		if err != nil {
			t.Fatal(err)
		}
		defer read.Close()
		defer write.Close()
		receivers[i], reads[i] = fdpass.NewReceiver(read), read
		fds = append(fds, write.Descriptor())
	}
	fds[2] = reads[1].Descriptor()
	if err := master.Send(fdpass.Hello{Magic: fdpass.Magic, Slot: 1, Slots: slots}); err != nil {
		t.Fatal(err)
	}
	wait := child(t, "send", fds...)
	b.Close()
	for i, r := range receivers {
		m, err := r.Receive()
		if want := fmt.Sprintf("from 1 to %d", i); err != nil || string(m.Payload) != want {
			t.Errorf("got %q, %v; want %q", m.Payload, err, want)
		}
		r.Close()
	}
	master.Close()
	if got := wait(); got != "end: EOF" {
		t.Error(got)
	}
	if got := shared.Slot(1).Counters[7].Load(); got != slots {
		t.Errorf("the child counted %d on the scoreboard, want %d", got, slots)
	}
}

// What is queued in a dead worker's inbox is read by its successor.
func TestQueueSurvivesReader(t *testing.T) {
	sameDescriptors(t)
	read, write, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	s := fdpass.NewSender(write)
	defer s.Close()
	near, far := stream(t)
	const queued = 50
	for i := range queued {
		if err := s.Send(fdpass.Accept, []byte{byte(i)}, far); err != nil {
			t.Fatal(err)
		}
	}
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	master := fdpass.NewControl(a)
	if err := master.Send(fdpass.Hello{Magic: fdpass.Magic}); err != nil {
		t.Fatal(err)
	}
	wait := child(t, "die reading", b.Descriptor(), null(t), read.Descriptor())
	b.Close()
	if out := wait(); out != "" {
		t.Error(out)
	}
	if _, err := master.Receive(); err == nil {
		t.Error("no end of file from a dead child")
	}
	master.Close()
	successor := fdpass.NewReceiver(read)
	defer successor.Close()
	for i := 1; i < queued; i++ { // the first died with its reader
		m, err := successor.Receive()
		if err != nil || m.Payload[0] != byte(i) {
			t.Fatalf("message %d: %v, %v", i, m, err)
		}
		if i == queued-1 {
			connected(t, near, m.FD)
		}
		unix.Close(m.FD)
	}
}
