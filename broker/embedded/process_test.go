package embedded_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker/embedded"
)

// childEnv makes the test binary a server process.
const childEnv = "IOSERVER_TEST_EMBEDDED"

// child reads its configuration from descriptor 3 and serves until its standard
// input ends.
func child() {
	var c embedded.Config
	if err := json.NewDecoder(os.NewFile(3, "config")).Decode(&c); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := embedded.Run(ctx, c, func(url string) { fmt.Println(url) }); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// TestSecretsStayHidden: what other users of the machine can see of a server
// process, arguments and environment, holds no secret.
func TestSecretsStayHidden(t *testing.T) {
	c := config()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.ExtraFiles = []*os.File{r}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(w).Encode(c); err != nil {
		t.Fatal(err)
	}
	w.Close()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	connect(t, strings.TrimSpace(url), c.Internal)
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", cmd.Process.Pid, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{c.Internal.Secret, c.Application.Secret} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds a secret", name)
			}
		}
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
