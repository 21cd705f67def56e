package command

import (
	"strings"
	"testing"
)

// A bad flag or value ends with 2 and one line: the flag, what was given, what
// is accepted.
func TestBadUsage(t *testing.T) {
	for _, c := range []struct {
		args, env []string
		want      []string
	}{
		{args: []string{"--wrkers", "8"}, want: []string{"wrkers"}},
		{args: []string{"serve"}, want: []string{`"serve"`, "flags"}},
		{args: []string{"--workers"}, want: []string{"--workers", "1 to 256"}},
		{args: []string{"--workers", "0"}, want: []string{"--workers", `"0"`, "1 to 256"}},
		{args: []string{"--workers", "257"}, want: []string{"--workers", `"257"`, "1 to 256"}},
		{args: []string{"--workers", "many"}, want: []string{"--workers", `"many"`}},
		{args: []string{"--workers", ""}, want: []string{"--workers"}},
		{env: []string{"IOSERVER_WORKERS=eight"}, want: []string{"IOSERVER_WORKERS", `"eight"`, "1 to 256"}},
		{args: []string{"--listen", "localhost"}, want: []string{"--listen", `"localhost"`, "host:port"}},
		{args: []string{"--listen", ":70000"}, want: []string{"--listen", `":70000"`}},
		{args: []string{"--listen", "unix:"}, want: []string{"--listen", `"unix:"`, "unix:/path"}},
		{args: []string{"--listen", ":3000", "--listen", ":3000"}, want: []string{"--listen", "once"}},
		{args: []string{"--balance", "random"}, want: []string{"--balance", `"random"`, "round-robin"}},
		{args: []string{"--balance", "header"}, want: []string{"--balance", `"header"`, "--trusted-proxy"}},
		{args: []string{"--proxy-protocol"}, want: []string{"--proxy-protocol", "--trusted-proxy"}},
		{args: []string{"--trusted-proxy", "10.0.0.0/33"}, want: []string{"--trusted-proxy", `"10.0.0.0/33"`, "10.0.0.0/8"}},
		{args: []string{"--trusted-proxy", "proxy.example"}, want: []string{"--trusted-proxy", "proxy.example"}},
		{args: []string{"--balance-header", "X-User:"}, want: []string{"--balance-header", `"X-User:"`}},
		{args: []string{"--path", "socket.io"}, want: []string{"--path", `"socket.io"`, "/"}},
		{args: []string{"--ping-interval", "soon"}, want: []string{"--ping-interval", `"soon"`}},
		{args: []string{"--ping-timeout", "-1s"}, want: []string{"--ping-timeout", `"-1s"`}},
		{args: []string{"--upgrade-timeout", "0"}, want: []string{"--upgrade-timeout", `"0"`}},
		{args: []string{"--connect-timeout", "1y"}, want: []string{"--connect-timeout", `"1y"`}},
		{args: []string{"--shutdown-timeout", "-"}, want: []string{"--shutdown-timeout", `"-"`}},
		{args: []string{"--max-http-buffer-size", "1MB"}, want: []string{"--max-http-buffer-size", `"1MB"`}},
		{args: []string{"--max-http-buffer-size", "0"}, want: []string{"--max-http-buffer-size", `"0"`}},
		{args: []string{"--max-http-buffer-size", "NaN"}, want: []string{"--max-http-buffer-size", `"NaN"`}},
		{args: []string{"--transports", "polling,carrier-pigeon"}, want: []string{"--transports", "polling"}},
		{args: []string{"--allow-upgrades=perhaps"}, want: []string{"--allow-upgrades", `"perhaps"`, "true or false"}},
		{env: []string{"IOSERVER_DEMO=perhaps"}, want: []string{"IOSERVER_DEMO", `"perhaps"`, "true or false"}},
		{args: []string{"--cors-origin", "example.com"}, want: []string{"--cors-origin", `"example.com"`, "https://"}},
		{args: []string{"--cors-origin", "https://example.com/path"}, want: []string{"--cors-origin", "https://example.com/path"}},
		{args: []string{"--cookie", "a b"}, want: []string{"--cookie", `"a b"`}},
		{args: []string{"--nats", "localhost:4222"}, want: []string{"--nats", `"localhost:4222"`, "nats://"}},
		{args: []string{"--nats-required"}, want: []string{"--nats-required", "--nats"}},
		{args: []string{"--cluster", "a.b"}, want: []string{"--cluster", `"a.b"`}},
		{args: []string{"--cluster", ""}, want: []string{"--cluster"}},
		{args: []string{"--log-level", "loud"}, want: []string{"--log-level", `"loud"`, "debug"}},
		{args: []string{"--log-format", "xml"}, want: []string{"--log-format", `"xml"`, "json"}},
		{args: []string{"--log-format", strings.Repeat("x", 10_000) + "\n"}, want: []string{"--log-format"}},
	} {
		stdout, stderr, status := run(t, c.env, append([]string{"--listen", "127.0.0.1:0"}, c.args...)...)
		if status != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "ioserver: ") || len(stderr) > 300 {
			t.Errorf("%q %q: status %d, %q, %q", c.env, c.args, status, stdout, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%q %q: %q is not in %q", c.env, c.args, want, stderr)
			}
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	help, stderr, status := run(t, nil, "--help")
	if status != 0 || stderr != "" {
		t.Errorf("help: status %d, %q", status, stderr)
	}
	for _, s := range newTable(defaults()).settings {
		if !strings.Contains(help, "--"+s.name) || !strings.Contains(help, "[$"+s.variable()+"]") {
			t.Errorf("help lacks --%s or its variable", s.name)
		}
		if d := s.value.String(); d != "" && !strings.Contains(help, "(default: "+d+")") {
			t.Errorf("help lacks the default of --%s: %s", s.name, d)
		}
	}
	for _, group := range []string{serving, engine, bus, api, operating} {
		if !strings.Contains(help, "\n   "+group+"\n") {
			t.Errorf("help lacks the group %q", group)
		}
	}
	version, _, status := run(t, nil, "--version")
	if status != 0 || version != "ioserver version "+Version+"\n" {
		t.Errorf("version: status %d, %q", status, version)
	}
}
