package command

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

func TestVersionCommand(t *testing.T) {
	out, stderr, status := run(t, nil, "version")
	if status != 0 || stderr != "" || !strings.HasPrefix(out, "ioserver "+version()+"\n") || !strings.HasSuffix(out, runtime.Version()+" linux/"+runtime.GOARCH+"\n") {
		t.Errorf("status %d, %q, %q", status, out, stderr)
	}
	out, stderr, status = run(t, nil, "version", "--json")
	var got build
	if err := json.Unmarshal([]byte(out), &got); err != nil || status != 0 || stderr != "" {
		t.Fatalf("status %d, %q, %q, %v", status, out, stderr, err)
	}
	if want := readBuild(); got != want || got.Go != runtime.Version() || got.OS != "linux" || got.Version != version() {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A command, or an argument of one, that there is not: 2 and one line.
func TestBadCommands(t *testing.T) {
	for line, want := range map[string]string{
		"serve":             `ioserver: command "serve": accepted: bench, check-config, completion, disconnect, emit, join, leave, man, rooms, sockets, status, tail, version, or flags only (ioserver --help lists them)`,
		"chekc-config":      `ioserver: command "chekc-config": there is no such, did you mean check-config?`,
		"Version":           `ioserver: command "Version": there is no such, did you mean version?`,
		"--demo compl":      `ioserver: command "compl": there is no such, did you mean completion?`,
		"completion":        `ioserver: completion: accepted: bash, zsh or fish`,
		"completion ksh":    `ioserver: completion "ksh": accepted: bash, zsh or fish`,
		"completion zsh x":  `ioserver: completion "x": accepted: one argument`,
		"completion --zsh":  `ioserver: flag "--zsh": accepted: those that ioserver completion --help lists`,
		"man ioserver":      `ioserver: man "ioserver": accepted: no argument`,
		"version 1":         `ioserver: version "1": accepted: no argument`,
		"version --jsno":    `ioserver: --jsno: there is no such flag, did you mean --json?`,
		"version --json=no": `ioserver: `,
		"version --workers": `ioserver: flag "--workers": accepted: those that ioserver version --help lists`,
		"help":              `ioserver: command "help": `,
	} {
		out, stderr, status := run(t, nil, strings.Fields(line)...)
		if status != 2 || out != "" || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q, want %s", line, status, out, stderr, want)
		}
	}
}

// Each command has help of its own.
func TestHelpOfCommands(t *testing.T) {
	p := newProgram()
	for _, s := range p.commands {
		out, stderr, status := run(t, nil, s.name, "--help")
		if status != 0 || stderr != "" || !strings.Contains(out, "ioserver "+s.name+" - "+s.usage+"\n") {
			t.Errorf("%s: status %d, %q, %q", s.name, status, out, stderr)
		}
		for _, f := range s.switches {
			if !strings.Contains(out, "--"+f.name+" ") {
				t.Errorf("%s: --%s is not there", s.name, f.name)
			}
		}
		if s.settings != strings.Contains(out, "--max-http-buffer-size") {
			t.Errorf("%s: the server's flags: %s", s.name, out)
		}
		if help, _, _ := run(t, nil, "--help"); !strings.Contains(help, "     "+s.name+" ") {
			t.Errorf("%s is not in the help", s.name)
		}
	}
}

// Broken configuration does not keep anybody from help and version.
func TestHelpNeedsNoConfiguration(t *testing.T) {
	env := []string{"IOSERVER_CONFIG=/no/such", "IOSERVER_WORKERS=many"}
	for _, line := range []string{"--help", "--version", "version", "man", "completion bash", "check-config --help", "status --help"} {
		if out, stderr, status := run(t, env, strings.Fields(line)...); status != 0 || stderr != "" || out == "" {
			t.Errorf("%s: status %d, %q", line, status, stderr)
		}
	}
}
