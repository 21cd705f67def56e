package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// typed is what a person types before the tab, and the command that the shell
// then runs.
var typed = []struct{ line, want string }{
	{"ioserver --api-l", "--api-listen"},
	{"ioserver --allow-eio3=f", "--allow-eio3=false"},
	{"ioserver --balance ro", "--balance round-robin"},
	{"ioserver --balance=le", "--balance=least-connections"},
	{"ioserver --workers 2 --log-level d", "--workers 2 --log-level debug"},
	{"ioserver --demo --transports w", "--demo --transports websocket"},
	{"ioserver --config serv", "--config server.yaml"},
	{"ioserver --api-token-file=serv", "--api-token-file=server.yaml"},
	{"ioserver chec", "check-config"},
	{"ioserver check-config --prin", "check-config --print"},
	{"ioserver check-config --log-format j", "check-config --log-format json"},
	{"ioserver completion z", "completion zsh"},
	{"ioserver version --j", "version --json"},
	{"ioserver status --watc", "status --watch"},
	{"ioserver status --api-to", "status --api-token-file"},
	{"ioserver status --config serv", "status --config server.yaml"},
	{"ioserver emi", "emit"},
	{"ioserver emit --vola", "emit --volatile"},
	{"ioserver disconnect --sock", "disconnect --socket"},
	{"ioserver tail --kind disc", "tail --kind disconnect"},
	{"ioserver sockets --hand", "sockets --handshake"},
	{"ioserver bench ec", "bench echo"},
	{"ioserver bench echo --connect-r", "bench echo --connect-rate"},
	{"ioserver bench --transport p", "bench --transport polling"},
	{"ioserver bench --html serv", "bench --html server.yaml"},
}

// folder has a completion script, and a file to complete.
func folder(t *testing.T, shell string) string {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("%s is not installed", shell)
	}
	script, stderr, status := run(t, nil, "completion", shell)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"script": script, "server.yaml": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Bash and zsh are typed to in a terminal; ioserver is a function there that says
// how it was called.
func TestCompletionInTerminal(t *testing.T) {
	for shell, args := range map[string][]string{
		"bash": {"--norc", "--noprofile", "-i"},
		"zsh":  {"-f", "-i"},
	} {
		t.Run(shell, func(t *testing.T) {
			dir := folder(t, shell)
			cmd := exec.CommandContext(t.Context(), shell, args...)
			cmd.Dir = dir
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=dumb", "LC_ALL=C", "PS1=ready> "}
			term := inTerminal(t, cmd)
			at := term.await(t, 0, "ready> ")
			if shell == "zsh" {
				term.press(t, "unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit; compinit -u -D; echo loaded=$?\n")
				at = term.await(t, at, "loaded=0")
			}
			term.press(t, "source ./script; echo sourced=$?\n")
			at = term.await(t, at, "sourced=0")
			term.press(t, "ioserver() { echo \"called(\"\"$*\"\")\"; }; echo defined=$?\n")
			at = term.await(t, at, "defined=0")
			for _, c := range typed {
				at = term.await(t, at, "ready> ")
				term.press(t, c.line+"\t\n")
				at = term.await(t, at, "called("+c.want+")")
			}
		})
	}
}

// Fish says what it would offer.
func TestCompletionInFish(t *testing.T) {
	dir := folder(t, "fish")
	for _, c := range typed {
		cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", "source script; complete -C "+quoteShell(c.line))
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		last := c.want[strings.LastIndexByte(c.want, ' ')+1:]
		var offered []string
		for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			word, _, _ := strings.Cut(line, "\t")
			offered = append(offered, word)
		}
		if !slices.Equal(offered, []string{last}) {
			t.Errorf("%s: %q, want %q only", c.line, offered, last)
		}
	}
}

// Nothing but commands and flags is offered where neither a file nor a word is
// asked for.
func TestCompletionOffersNoFiles(t *testing.T) {
	dir := folder(t, "fish")
	cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", "source script; complete -C 'ioserver '; complete -C 'ioserver --listen '")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "server.yaml") {
		t.Errorf("%v: %s", err, out)
	}
	for _, s := range newProgram().commands {
		if !strings.Contains(string(out), s.name+"\t"+s.usage+"\n") {
			t.Errorf("%s is not offered:\n%s", s.name, out)
		}
	}
}

// Every flag is in every script.
func TestCompletionIsWhole(t *testing.T) {
	p := newProgram()
	for shell, script := range map[string]string{"bash": p.bash(), "zsh": p.zsh(), "fish": p.fish()} {
		for _, s := range p.table.settings {
			if !strings.Contains(script, "--"+s.name) && !strings.Contains(script, "-l "+s.name+" ") {
				t.Errorf("%s: --%s is not there", shell, s.name)
			}
		}
	}
}
