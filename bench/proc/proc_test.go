package proc_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench/proc"
)

// A child counts; when it has ended, what it had used still does.
func TestTree(t *testing.T) {
	tree, err := proc.Open(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	before := tree.Measure(true)
	if before.Processes < 1 || before.RSS < 1<<20 || before.PSS < 1<<20 || before.PSS > before.RSS {
		t.Errorf("%+v", before)
	}
	// It says so when it has used CPU, and ends with its input.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read x")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	during := tree.Measure(false)
	if during.Processes != before.Processes+1 || during.CPU < before.CPU+20*time.Millisecond || during.PSS != 0 {
		t.Errorf("before %+v, during %+v", before, during)
	}
	in.Close()
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 1 { // read has had no line
		t.Fatal(err)
	}
	if after := tree.Measure(false); after.Processes != before.Processes || after.CPU < during.CPU {
		t.Errorf("during %+v, after %+v", during, after)
	}
}

func TestNoSuchProcess(t *testing.T) {
	if _, err := proc.Open(1 << 30); err == nil {
		t.Error("there is none")
	}
}

func TestThisMachine(t *testing.T) {
	if m := proc.ThisMachine(); m.Cores < 1 || m.Memory < 1<<20 || m.CPU == "" || m.Kernel == "" {
		t.Errorf("%+v", m)
	}
}
