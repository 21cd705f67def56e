package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// run runs ip(8) with each line of arguments, up to the first that fails.
func run(lines ...string) error {
	for _, line := range lines {
		out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("network: %w: install iproute2", err)
		}
		if err != nil {
			return fmt.Errorf("network: ip %s: %s (%w); making machines needs root with CAP_NET_ADMIN and CAP_SYS_ADMIN",
				line, strings.TrimSpace(string(out)), err)
		}
	}
	return nil
}

// namespaces are those that have names.
func namespaces() (names []string, err error) {
	entries, err := os.ReadDir("/run/netns")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}
