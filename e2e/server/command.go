package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Reference is the test application on socket.io for Node.js. dir is the folder
// of this module, where npm has installed its packages.
func Reference(dir string, o Options) Command {
	return Command{
		Name:  "reference",
		Args:  []string{"node", filepath.Join(dir, "reference", "app.mjs"), o.reference()},
		Dir:   dir,
		Ready: regexp.MustCompile(`^listening (\d+)$`),
	}
}

// IOServer is the test application on ioserver, built by [Build].
func IOServer(binary string, o Options) Command {
	return Command{
		Name:  "ioserver",
		Args:  append([]string{binary}, o.flags()...),
		Ready: regexp.MustCompile(`serves \S+ on 127\.0\.0\.1:(\d+)`),
	}
}

// Build compiles the test application and returns the path of its binary in
// folder into.
func Build(dir, into string) (string, error) {
	binary := filepath.Join(into, "app")
	cmd := exec.Command("go", "build", "-o", binary, "./app")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the test application: %w\n%s", err, out)
	}
	return binary, nil
}

// WithApp builds the test application in a folder that it removes again, and has
// f run with the binary's absolute path meanwhile. It returns f's exit status, or
// 1 when there is nothing to run, and says why.
func WithApp(dir string, f func(binary string) int) int {
	into, err := os.MkdirTemp("", "ioserver-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(into)
	binary, err := Build(dir, into)
	if err == nil {
		binary, err = filepath.Abs(binary)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return f(binary)
}
