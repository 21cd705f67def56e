package command

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Flag over variable over file over default; a list is replaced, not added to.
func TestSourcesInOrder(t *testing.T) {
	name := file(t, "workers: 2\ncluster: from-file\nlog-level: warn\nlisten: [\":1\", \":2\"]\ncors-origin: https://file.example\ntransports: polling\nnats: []\n")
	t.Setenv("IOSERVER_CONFIG", name)
	t.Setenv("IOSERVER_CLUSTER", "from-environment")
	t.Setenv("IOSERVER_LOG_LEVEL", "error")
	t.Setenv("IOSERVER_CORS_ORIGIN", "https://environment.example")
	t.Setenv("IOSERVER_TRANSPORTS", "")
	c, err := load(given{"log-level": {"debug"}, "listen": {":3", ":4,:5"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct{ value, from string }{
		"workers":     {"2", name + ":1"},
		"cluster":     {"from-environment", "environment"},
		"log-level":   {"debug", "command line"},
		"listen":      {":3,:4,:5", "command line"},
		"cors-origin": {"https://environment.example", "environment"},
		"transports":  {"polling", name + ":6"},
		"nats":        {"", name + ":7"},
		"balance":     {"remote-address", "default"},
		"config":      {name, "environment"},
	} {
		s := c.setting(name)
		if s.value.String() != want.value || s.from.String() != want.from {
			t.Errorf("%s: %q from %s, want %q from %s", name, s.value, s.from, want.value, want.from)
		}
	}
	other := file(t, "workers: 3\n")
	if c, err = load(given{"config": {other}}); err != nil || c.workers != 3 {
		t.Errorf("a flag's file does not go before a variable's: %v", err)
	}
}

// Every setting can stand in the file, and has there what the flag takes.
func TestEverySettingInTheFile(t *testing.T) {
	tokens, key, set := file(t, tokenA+"\n"), file(t, hmacSecret), file(t, keySet)
	signer := file(t, "0123456789abcdef\n")
	text := "listen: [\"127.0.0.1:1\", unix:/tmp/s]\nworkers: 256\nbalance: least-connections\nbalance-header: X-Real-IP\ntrusted-proxy: [10.0.0.0/8, unix]\nproxy-protocol: true\nmax-connections: 5\nmax-connections-per-address: 6\nmax-polling-per-address: 8\nmax-events-per-second: 9\naccept-rate: 7\ndemo: true\npath: /x/\nping-interval: 1000\nping-timeout: 2s\n" +
		"upgrade-timeout: 3000\nconnect-timeout: 4s\nmax-http-buffer-size: 1e8\ntransports: [websocket]\nallow-upgrades: false\nallow-eio3: false\n" +
		"http-compression: False\ncors-origin: [\"https://a.example,http://b.example:81\", \"null\"]\ncors-credentials: true\ncookie: io\nserve-client: false\n" +
		"nats: [\"nats://u:p@127.0.0.1:4222\", \"tls://[::1]:4223\"]\nnats-required: true\ncluster: c-1\napi-listen: 127.0.0.1:2\napi-rate: 12\napi-token-file: " + tokens + "\n" +
		"jwt-key: " + key + "\njwt-jwks-file: " + set + "\njwt-issuer: us\njwt-audience: io\n" +
		"backend: https://b.example/x\nbackend-namespaces: \"/rooms/*\"\nbackend-timeout: 7s\nbackend-absent: allow\nbackend-in-flight: 8\nbackend-connections: 9\nbackend-secret-file: " + signer + "\nnats-commands: true\n" +
		"log-level: debug\nlog-format: json\nshutdown-timeout: 30s\n"
	c, err := load(given{"config": {file(t, text)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.settings {
		if s.from.kind != inFile && s.name != "config" && !strings.HasPrefix(s.name, "cluster-") && s.name != "backend-credentials" { // those do not go with nats
			t.Errorf("%s is not from the file", s.name)
		}
	}
	want := parse(t, "--listen", "127.0.0.1:1", "--listen=unix:/tmp/s", "--workers=256", "--balance", "least-connections", "--demo",
		"--balance-header=X-Real-IP", "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy=unix", "--proxy-protocol",
		"--max-connections=5", "--max-connections-per-address", "6", "--max-polling-per-address=8", "--max-events-per-second=9", "--accept-rate=7",
		"--path=/x/", "--ping-interval", "1000", "--ping-timeout", "2s", "--upgrade-timeout", "3000", "--connect-timeout", "4s",
		"--max-http-buffer-size", "1e8", "--transports", "websocket", "--allow-upgrades=false", "--allow-eio3=false", "--http-compression=false",
		"--cors-origin", "https://a.example,http://b.example:81", "--cors-origin=null", "--cors-credentials", "--cookie", "io", "--serve-client=false",
		"--nats", "nats://u:p@127.0.0.1:4222", "--nats", "tls://[::1]:4223", "--nats-required", "--cluster", "c-1",
		"--api-listen", "127.0.0.1:2", "--api-rate=12", "--api-token-file", tokens, "--jwt-key", key, "--jwt-jwks-file", set, "--jwt-issuer=us", "--jwt-audience=io",
		"--backend", "https://b.example/x", "--backend-namespaces=/rooms/*", "--backend-timeout", "7s", "--backend-absent=allow", "--backend-in-flight=8", "--backend-connections=9",
		"--backend-secret-file", signer, "--nats-commands", "--log-level", "debug", "--log-format", "json", "--shutdown-timeout", "30s")
	want.config = c.config
	if !reflect.DeepEqual(c.options, want) {
		t.Errorf("%+v\nwant %+v", c.options, want)
	}
}

// What a file may not say, and what is said of it.
func TestFileRefused(t *testing.T) {
	for text, want := range map[string]string{
		"wrkers: 2":                            `:1: setting "wrkers": there is no such, did you mean workers?`,
		"\npingInterval: 2s":                   `:2: setting "pingInterval": there is no such, did you mean ping-interval?`,
		"CORS_ORIGIN: x":                       `did you mean cors-origin?`,
		"cors: x":                              `:1: setting "cors": there is no such`,
		"quite-something-else: 2":              `there is no such`,
		"config: other.yaml":                   `:1: config: a configuration file does not name another`,
		"workers: [2]":                         `:1: workers: not a list; accepted: 1 to 256`,
		"workers: 0":                           `:1: workers "0": accepted: 1 to 256`,
		"workers: true":                        `:1: workers "true": accepted: 1 to 256`,
		"workers: 2.5":                         `:1: workers "2.5": accepted: 1 to 256`,
		"demo: yes":                            `:1: demo "yes": accepted: true or false`,
		"balance: random":                      `:1: balance "random": accepted: remote-address, least-connections, round-robin or header`,
		"ping-interval: 25 seconds":            `:1: ping-interval "25 seconds": accepted: a duration`,
		"max-http-buffer-size: 1MB":            `:1: max-http-buffer-size "1MB": accepted: bytes`,
		"listen: []":                           `:1: listen "[]": accepted: host:port`,
		"transports: []":                       `:1: transports "[]": accepted: polling, websocket`,
		"cors-origin:\n  - example.com":        `:1: cors-origin "example.com": accepted: an origin`,
		"api-token-file: ''":                   `:1: api-token-file: accepted: the name of a file`,
		"api-listen: [127.0.0.1:1]":            `--api-listen "127.0.0.1:1": TCP needs a token, in a file for --api-token-file or in IOSERVER_API_TOKEN`,
		"nats-required: true":                  `--nats-required`,
		"listen: [\":1\", \":1\"]":             `each address once`,
		"api-token-file: /no/such":             `--api-token-file: open /no/such: no such file or directory`,
		"api-token-file: /dev/null":            `--api-token-file: open /dev/null: not a regular file`,
		"listen: unix:/s\napi-listen: unix:/s": `--api-listen "unix:/s": accepted: each address once`,
	} {
		_, err := load(given{"config": {file(t, text)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	many := "cors-origin:\n" + strings.Repeat("  - https://"+strings.Repeat("x", 200)+".example\n", 500)
	if _, err := load(given{"config": {file(t, many)}}); err == nil || !strings.Contains(err.Error(), "--cors-origin") {
		t.Errorf("more than fits into a message: %v", err)
	}
}

// A password in a value that is refused reaches no terminal and, after a reload,
// no log.
func TestPasswordsNotTold(t *testing.T) {
	for _, url := range []string{
		"u:secret@h:1", "nats://u:sec%ret@h:1", "http://u:secret@h:1", "nats://u:sec ret@h:1", "nats://u:sec@ret@h:1/x",
		"nats://secret@h:1/x", "nats://u:secret@h:1,nats://v:secret@h:2/x",
	} {
		for _, line := range []given{{"nats": {url}}, {"config": {file(t, fmt.Sprintf("nats: %q", url))}}} {
			_, err := load(line)
			if err == nil {
				t.Errorf("%s is taken", url)
				continue
			}
			if text := err.Error(); strings.Contains(text, "sec") || strings.Contains(text, "ret") || !strings.Contains(text, "@h:") {
				t.Errorf("%s: %s", url, text)
			}
		}
	}
}

func TestNearest(t *testing.T) {
	names := newTable(defaults()).names()
	for typed, want := range map[string]string{
		"wrkers": "workers", "worker": "workers", "wokrers": "workers", "Workers": "workers", "maxHttpBufferSize": "max-http-buffer-size", "PING_TIMEOUT": "ping-timeout",
		"ping-intervall": "ping-interval", "allow": "", "allow-eio": "allow-eio3", "liste": "listen", "x": "", "": "", "zzzzzz": "", "pathh": "path", "shutdown": "shutdown-timeout",
		strings.Repeat("w", 10_000): "",
	} {
		if got := nearest(typed, names); got != want {
			t.Errorf("%.40q: %q, want %q", typed, got, want)
		}
	}
}
