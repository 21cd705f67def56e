package operate

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ioserver/ioserver/e2e/server"
)

var (
	// program is the test application, built once.
	program string
	// plain is the binary as users have it, built once.
	plain string
)

// repository is the folder above this module.
const repository = "../.."

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	into, err := os.MkdirTemp("", "ioserver-operate-")
	if err == nil {
		err = os.Chmod(into, 0o755) // for users other than ours
	}
	if err == nil {
		defer os.RemoveAll(into)
		_ = os.Setenv("CGO_ENABLED", "0") // as the binary is built that users have
		program, err = server.Build("..", into)
	}
	if err == nil {
		plain = filepath.Join(into, "ioserver")
		var out []byte
		if out, err = exec.Command(filepath.Join(repository, "scripts/build.sh"), plain).CombinedOutput(); err != nil {
			err = fmt.Errorf("build ioserver: %w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
