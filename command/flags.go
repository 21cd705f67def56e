package command

import (
	"errors"
	"flag"
	"os"
	"strings"

	"github.com/ioserver/ioserver/master"
	"github.com/urfave/cli/v2"
)

// flags are the command line's: one setting each. The first value that is
// refused is remembered, since the flag package keeps only its text.
type flags struct {
	settings []cli.Flag
	rejected error
}

// The groups of --help.
const (
	serving   = "Serving"
	engine    = "Engine.IO and Socket.IO"
	bus       = "Bus"
	api       = "HTTP API"
	operating = "Operating"
)

func newFlags(o *options) *flags {
	f := new(flags)
	w := &o.worker
	f.list("listen", serving, "`ADDRESS` to serve on, repeatable", &o.listen, address, "host:port, [::]:port or unix:/path")
	f.add("workers", serving, "`NUMBER` of worker processes", integer(&o.workers, 1, 256), "1 to 256")
	f.add("balance", serving, "how a connection's worker is chosen, `BY`", word(&o.balance, string(master.RemoteAddress), string(master.LeastConnections), string(master.RoundRobin)), "remote-address, least-connections or round-robin")
	f.flag("demo", serving, "register an event that echoes its arguments, and serve a page", &w.Demo)

	f.add("path", engine, "`PATH` that clients connect to", path(&w.Path), "a path that begins with / and has no ? or #")
	const lengths = "a duration such as 25s, or milliseconds, over 0 and up to 24h"
	f.add("ping-interval", engine, "`TIME` between heartbeats", duration(&w.PingInterval), lengths)
	f.add("ping-timeout", engine, "`TIME` to answer one", duration(&w.PingTimeout), lengths)
	f.add("upgrade-timeout", engine, "`TIME` to finish an upgrade to WebSocket", duration(&w.UpgradeTimeout), lengths)
	f.add("connect-timeout", engine, "`TIME` to join a namespace", duration(&w.ConnectTimeout), lengths)
	f.add("max-http-buffer-size", engine, "largest message of a client, in `BYTES`", size(&w.MaxHTTPBufferSize), "bytes, 1 to 1e8")
	f.list("transports", engine, "`TRANSPORTS` offered", &w.Transports, transport, "polling, websocket")
	f.flag("allow-upgrades", engine, "let polling clients move to WebSocket", &w.AllowUpgrades)
	f.flag("allow-eio3", engine, "let in clients 1.x and 2.x", &w.AllowEIO3)
	f.flag("http-compression", engine, "compress polling answers over 1 kB", &w.HTTPCompression)
	f.list("cors-origin", engine, "`ORIGIN` that may connect besides this host's own, repeatable; * for all", &w.CORSOrigins, origin, "an origin such as https://example.com, null, or *")
	f.flag("cors-credentials", engine, "let those origins send cookies", &w.CORSCredentials)
	f.flag("serve-client", engine, "serve the browser client under PATH", &w.ServeClient)
	f.add("cookie", engine, "`NAME` of a cookie with the session id, for proxies that route by it", cookie(&w.Cookie), "a name of letters, digits and !#$%&'*+-.^_`|~")

	f.list("nats", bus, "`URL` of a NATS server, repeatable; none: ioserver runs its own", &o.nats, natsURL, "nats://host:port or tls://host:port, with user:password@ where needed")
	f.flag("nats-required", bus, "exit if no NATS server answers within 10 s", &o.natsRequired)
	f.add("cluster", bus, "`NAME` of this cluster on the bus", clusterName(&o.cluster), "1 to 64 letters, digits, - and _")

	f.list("api-listen", api, "`ADDRESS` to serve the HTTP API on, repeatable; TCP needs a token", &o.api, address, "host:port, [::]:port or unix:/path")
	f.add("api-token-file", api, "`FILE` with the API's tokens, one a line", text(&o.tokenFile, named), "the name of a file")

	f.add("config", operating, "YAML `FILE` with any of these, but this one", text(&o.config, named), "the name of a file")
	f.add("log-level", operating, "least `LEVEL` that is logged", level(&o.logging.Level), "debug, info, warn or error")
	f.add("log-format", operating, "`FORMAT` of the log", word(&o.logging.Format, "text", "json"), "text or json")
	f.add("shutdown-timeout", operating, "`TIME` to end in", duration(&o.shutdownTimeout), lengths)
	return f
}

func (f *flags) all() []cli.Flag { return f.settings }

func (f *flags) add(name, group, usage string, v value, accepted string) {
	f.settings = append(f.settings, &setting{
		GenericFlag: cli.GenericFlag{
			Name:     name,
			Category: group,
			Usage:    usage,
			EnvVars:  []string{"IOSERVER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))},
			Value:    v,
		},
		flags:    f,
		value:    v,
		accepted: accepted,
	})
}

func (f *flags) flag(name, group, usage string, target *bool) {
	f.add(name, group, usage, boolean(target), "true or false")
}

func (f *flags) list(name, group, usage string, target *[]string, check func(string) error, accepted string) {
	f.add(name, group, usage, &listValue{target: target, check: check}, accepted)
}

// first is the refusal behind an error of the flag package.
func (f *flags) first(err error) error {
	if err != nil && f.rejected != nil {
		return f.rejected
	}
	return err
}

// usage words what the flag package says.
func (f *flags) usage(err error) error {
	if f.rejected != nil {
		return f.rejected
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return &usageError{what: "flag", given: "--" + strings.TrimLeft(name, "-"), accepted: "those that ioserver --help lists"}
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		name = strings.TrimLeft(name, "-")
		for _, s := range f.settings {
			if s := s.(*setting); s.Name == name {
				return &usageError{what: "--" + name + " without a value", accepted: s.accepted}
			}
		}
	}
	return &usageError{what: text, accepted: "what ioserver --help says"}
}

// setting is one flag and its environment variable, which the flag overrides.
type setting struct {
	cli.GenericFlag
	flags    *flags
	value    value
	accepted string
}

// Apply takes the environment and registers the flag.
func (s *setting) Apply(set *flag.FlagSet) error {
	s.DefaultText = s.value.String()
	variable := s.EnvVars[0]
	if v, ok := os.LookupEnv(variable); ok && v != "" {
		if s.value.set(v) != nil {
			return s.reject(variable, v)
		}
	}
	set.Var(&given{setting: s}, s.Name, s.Usage)
	return nil
}

func (s *setting) reject(what, value string) error {
	err := &usageError{what: what, given: value, accepted: s.accepted}
	if s.flags.rejected == nil {
		s.flags.rejected = err
	}
	return err
}

// String is the help's line.
func (s *setting) String() string { return cli.FlagStringer(s) }

// TakesValue is for the help.
func (s *setting) TakesValue() bool {
	_, isBool := s.value.(*boolValue)
	return !isBool
}

// given is a setting as the flag package fills it in: a list that is given
// replaces the one before.
type given struct {
	setting *setting
	begun   bool
}

var errRejected = errors.New("rejected")

// Set takes one value of the command line.
func (g *given) Set(v string) error {
	if !g.begun {
		g.begun = true
		g.setting.value.reset()
	}
	if g.setting.value.set(v) != nil {
		_ = g.setting.reject("--"+g.setting.Name, v)
		return errRejected
	}
	return nil
}

// String is the value in force.
func (g *given) String() string {
	if g.setting == nil {
		return ""
	}
	return g.setting.value.String()
}

// IsBoolFlag lets a boolean be given without a value.
func (g *given) IsBoolFlag() bool {
	_, ok := g.setting.value.(*boolValue)
	return ok
}
