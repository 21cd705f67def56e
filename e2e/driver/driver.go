// Package driver runs the Node.js scripts of ../clients, which drive official
// clients, and reads their outcome. A script gets one JSON document as its
// argument and writes one to stdout; it ends by itself or at its deadline, by
// its process id.
package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Result is what became of one check of a script; Error is empty when it passed.
type Result struct {
	Subject, Name, Error string
}

// Run runs clients/name of folder dir with the input as its argument and
// decodes what it writes into outcome.
func Run(ctx context.Context, dir, name string, input, outcome any) error {
	arg, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("input of %s: %w", name, err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", filepath.Join(dir, "clients", name), string(arg))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w (%v)\n%s", name, err, ctx.Err(), stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), outcome); err != nil {
		return fmt.Errorf("outcome of %s: %w\n%s\n%s", name, err, stdout.String(), stderr.String())
	}
	return nil
}

// Report makes a subtest of every result.
func Report(t *testing.T, results []Result) {
	t.Helper()
	subjects := map[string][]Result{}
	var order []string
	for _, r := range results {
		if subjects[r.Subject] == nil {
			order = append(order, r.Subject)
		}
		subjects[r.Subject] = append(subjects[r.Subject], r)
	}
	for _, subject := range order {
		t.Run(subject, func(t *testing.T) {
			for _, r := range subjects[subject] {
				t.Run(r.Name, func(t *testing.T) {
					if r.Error != "" {
						t.Error(r.Error)
					}
				})
			}
		})
	}
}
