package command

import (
	"strings"
	"testing"
)

func TestCheckConfig(t *testing.T) {
	good := file(t, "workers: 2\n")
	empty := file(t, "")
	for _, c := range []struct {
		env, args  []string
		status     int
		out, errs  string
		alsoStarts bool // a start with the same has the same end
	}{
		{status: 0, out: "configuration is good\n"},
		{args: []string{"--config", good}, status: 0, out: "configuration is good\n"},
		{args: []string{"--config", empty, "--workers=3"}, status: 0, out: "configuration is good\n"},
		{env: []string{"IOSERVER_CONFIG=" + good}, status: 0, out: "configuration is good\n"},
		{args: []string{"--cors-origin", "*"}, status: 0, out: "configuration is good\n", errs: "ioserver: warning: pages of every origin"},
		{env: []string{"IOSERVER_WORKER=2"}, status: 0, out: "configuration is good\n", errs: "IOSERVER_WORKER sets nothing: there is no such variable, did you mean IOSERVER_WORKERS?\n"},
		{env: []string{"IOSERVER_=", "IOSERVERS=1"}, status: 0, out: "configuration is good\n", errs: "IOSERVER_ sets nothing: there is no such variable\n"},
		{args: []string{"--config", "/no/such"}, status: 1, errs: "ioserver: --config: open /no/such: no such file or directory\n", alsoStarts: true},
		{args: []string{"--config", "/"}, status: 1, errs: "ioserver: --config: open /: not a regular file\n", alsoStarts: true},
		{args: []string{"--config", "/dev/zero"}, status: 1, errs: "not a regular file", alsoStarts: true},
		{args: []string{"--config", file(t, strings.Repeat("#\n", configLimit))}, status: 1, errs: "longer than 262144 bytes", alsoStarts: true},
		{args: []string{"--config", ""}, status: 2, errs: "ioserver: --config: accepted: the name of a file\n", alsoStarts: true},
		{args: []string{"--config", file(t, "wrkers: 2")}, status: 2, errs: "did you mean workers?", alsoStarts: true},
		{args: []string{"--config", file(t, "cors-origin: *")}, status: 2, errs: "needs quotes", alsoStarts: true},
		{args: []string{"--api-listen", "127.0.0.1:0"}, status: 2, errs: "TCP needs a token", alsoStarts: true},
		{args: []string{"--api-listen", "127.0.0.1:0"}, env: []string{"IOSERVER_API_TOKEN=" + tokenA}, status: 0, out: "configuration is good\n"},
		{args: []string{"--api-listen", "unix:/tmp/s"}, status: 0, out: "configuration is good\n"},
		{args: []string{"--api-token-file", "/no/such"}, status: 1, errs: "no such file", alsoStarts: true},
		{args: []string{"--api-token-file", empty}, status: 2, errs: "there is none", alsoStarts: true},
		{args: []string{"--wrkers", "2"}, status: 2, errs: "ioserver: --wrkers: there is no such flag, did you mean --workers?\n", alsoStarts: true},
		{args: []string{"--prnt"}, status: 2, errs: "ioserver: --prnt: there is no such flag, did you mean --print?\n"},
		{args: []string{"--print", "x"}, status: 2, errs: `ioserver: check-config "x": accepted: no argument` + "\n"},
	} {
		starts := [][]string{append([]string{"check-config"}, c.args...)}
		if c.alsoStarts {
			starts = append(starts, append([]string{"--listen", "127.0.0.1:0"}, c.args...))
		}
		for _, args := range starts {
			out, errs, status := run(t, c.env, args...)
			if status != c.status || out != c.out || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" || strings.Count(errs, "\n") > 1 {
				t.Errorf("%q %q: status %d, %q, %q", c.env, args, status, out, errs)
			}
		}
	}
}

// What is printed is a configuration file that says the same.
func TestCheckConfigPrints(t *testing.T) {
	name := file(t, "listen: [\"[::1]:1\", unix:/s]\nping-timeout: 90000\ncors-origin: \"*\"\ncookie: \"true\"\nnats: nats://u:hidden@h:1\n")
	args := []string{"check-config", "--print", "--config", name, "--demo"}
	env := []string{"IOSERVER_WORKERS=7", "IOSERVER_API_TOKEN=" + tokenA}
	out, _, status := run(t, env, args...)
	if status != 0 || !strings.HasPrefix(out, "# configuration is good\n") {
		t.Fatalf("status %d: %s", status, out)
	}
	for _, want := range []string{
		"\nlisten: [\"[::1]:1\", \"unix:/s\"] # " + name + ":1\n",
		"\nworkers: 7 # IOSERVER_WORKERS\n",
		"\ndemo: true # --demo\n",
		"\nping-timeout: 1m30s # " + name + ":2\n",
		"\nping-interval: 25s # default\n",
		"\ncookie: \"true\" # " + name + ":4\n",
		"\nnats: [\"nats://h:1\"] # " + name + ":5; credentials left out\n",
		"\napi-listen: [] # default\n",
		"\n# api-token-file: none # default; tokens in force: 1\n",
		"\n# config: " + name + " # --config\n",
		"\n# HTTP API\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hidden") || strings.Contains(out, tokenA) {
		t.Errorf("it tells secrets:\n%s", out)
	}
	again, _, status := run(t, env, "check-config", "--print", "--config", file(t, out))
	if status != 0 {
		t.Fatalf("what is printed is not taken: %d\n%s", status, again)
	}
	if a, b := values(out), values(again); a != b {
		t.Errorf("taken again it says\n%s\nnot\n%s", b, a)
	}
}

// values are the lines that set something, without the comments.
func values(printed string) string {
	var b strings.Builder
	for _, line := range strings.Split(printed, "\n") {
		if line != "" && line[0] != '#' {
			value, _, _ := strings.Cut(line, " # ")
			b.WriteString(value + "\n")
		}
	}
	return b.String()
}
