package command

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ioserver/ioserver/master"
	"github.com/ioserver/ioserver/worker"
)

// parse reads a command line without running it.
func parse(t *testing.T, args ...string) *options {
	t.Helper()
	line := make(given)
	app := &cli.App{Flags: newTable(defaults()).flags(line), HideHelp: true, Action: func(*cli.Context) error { return nil }}
	if err := app.Run(append([]string{"ioserver"}, args...)); err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	c, err := load(line)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return c.options
}

func workerConfig(t *testing.T, o *options) worker.Config {
	t.Helper()
	m, err := o.master()
	if err != nil {
		t.Fatal(err)
	}
	var c worker.Config
	if err := json.Unmarshal(m.Worker, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// The defaults are Engine.IO's and Socket.IO's own.
func TestDefaults(t *testing.T) {
	o := parse(t)
	got := workerConfig(t, o)
	want := worker.Config{
		Version: Version, Path: "/socket.io/", PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, UpgradeTimeout: 10 * time.Second,
		ConnectTimeout: 45 * time.Second, MaxHTTPBufferSize: 1e6, Transports: []string{"polling", "websocket"},
		AllowUpgrades: true, AllowEIO3: true, HTTPCompression: true, ServeClient: true, APIRate: 10_000, LogLevel: slog.LevelInfo, LogFormat: "text",
		ForwardedHeader: "X-Forwarded-For",
		Backend:         worker.Backend{Namespaces: []string{"/"}, Timeout: 5 * time.Second, InFlight: 2000, Connections: 64},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	m, err := o.master()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m.Listen, []string{":3000"}) || m.Balance != "remote-address" || m.ShutdownTimeout != 10*time.Second || m.Embedded == nil || m.Bus.Cluster != "default" {
		t.Errorf("got %+v", m)
	}
}

func TestEveryFlag(t *testing.T) {
	o := parse(t, "--listen", "127.0.0.1:1", "--listen=unix:/tmp/s", "--workers=256", "--balance", "least-connections", "--demo",
		"--balance-header=X-Real-IP", "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy=unix", "--proxy-protocol",
		"--max-connections=5", "--max-connections-per-address", "6", "--max-polling-per-address=8", "--max-events-per-second=9", "--accept-rate=7",
		"--path=/x/", "--ping-interval", "1000", "--ping-timeout", "2s", "--upgrade-timeout", "3000", "--connect-timeout", "4s",
		"--max-http-buffer-size", "1e8", "--transports", "websocket", "--allow-upgrades=false", "--allow-eio3=false", "--http-compression=false",
		"--cors-origin", "https://a.example,http://b.example:81", "--cors-origin=null", "--cors-credentials", "--cookie", "io",
		"--nats", "nats://u:p@127.0.0.1:4222", "--nats", "tls://[::1]:4223", "--nats-required", "--cluster", "c-1", "--api-rate=12",
		"--backend", "nats", "--backend-namespaces", "/rooms/*,/x", "--backend-timeout", "7s", "--backend-absent=allow", "--backend-in-flight=8", "--backend-connections=9",
		"--log-level", "debug", "--log-format", "json", "--shutdown-timeout", "30s")
	got := workerConfig(t, o)
	want := worker.Config{
		Version: Version, Path: "/x/", PingInterval: time.Second, PingTimeout: 2 * time.Second, UpgradeTimeout: 3 * time.Second, ConnectTimeout: 4 * time.Second,
		MaxHTTPBufferSize: 1e8, PollingPerAddress: 8, EventsPerSecond: 9, Transports: []string{"websocket"}, CORSOrigins: []string{"https://a.example", "http://b.example:81", "null"},
		CORSCredentials: true, ServeClient: true, APIRate: 12, Cookie: "io", Demo: true, LogLevel: slog.LevelDebug, LogFormat: "json",
		ForwardedHeader: "X-Real-IP", TrustedProxies: []string{"10.0.0.0/8", "unix"},
		Backend:  worker.Backend{At: "nats", Namespaces: []string{"/rooms/*", "/x"}, Timeout: 7 * time.Second, AllowAbsent: true, InFlight: 8, Connections: 9},
		Commands: true, // with --backend nats
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	m, err := o.master()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m.Listen, []string{"127.0.0.1:1", "unix:/tmp/s"}) || m.Workers != 256 || m.Balance != "least-connections" ||
		m.BalanceHeader != "X-Real-IP" || !m.ProxyProtocol || m.Limits != (master.Limits{Connections: 5, PerAddress: 6, AcceptRate: 7}) || len(m.TrustedProxies) != 2 || m.ShutdownTimeout != 30*time.Second {
		t.Errorf("got %+v", m)
	}
	if m.Embedded != nil || len(m.Bus.URLs) != 2 || !m.Bus.Required || m.Bus.Cluster != "c-1" {
		t.Errorf("bus: %+v, embedded %s", m.Bus, m.Embedded)
	}
}

// A flag goes before the environment; an empty variable counts as none.
func TestEnvironment(t *testing.T) {
	t.Setenv("IOSERVER_LISTEN", "127.0.0.1:1,unix:/tmp/s")
	t.Setenv("IOSERVER_WORKERS", "7")
	t.Setenv("IOSERVER_CLUSTER", "")
	t.Setenv("IOSERVER_DEMO", "true")
	t.Setenv("IOSERVER_CORS_ORIGIN", "https://a.example, https://b.example")
	o := parse(t, "--workers", "3", "--cors-origin", "*")
	if o.workers != 3 || o.cluster != "default" || !o.worker.Demo {
		t.Errorf("got %+v", o)
	}
	if !reflect.DeepEqual(o.listen, []string{"127.0.0.1:1", "unix:/tmp/s"}) || !reflect.DeepEqual(o.worker.CORSOrigins, []string{"*"}) {
		t.Errorf("listen %q, origins %q", o.listen, o.worker.CORSOrigins)
	}
}
