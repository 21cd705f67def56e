package server

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Options configure either kind of server. The zero value of a field leaves the
// server's default, except that the reference gets allowEIO3, which is
// ioserver's default, unless NoEIO3 is set.
type Options struct {
	PingInterval, PingTimeout      time.Duration
	UpgradeTimeout, ConnectTimeout time.Duration
	MaxHTTPBufferSize              int // bytes
	Transports                     []string
	NoUpgrades, NoEIO3             bool
	Origins                        []string // other origins that may connect
	Credentials                    bool
	Cookie                         string // name
	Path                           string
	NoHTTPCompression              bool

	// Only ioserver has these.
	Workers int
	Balance string
	Flags   []string // anything else
}

// flags are ioserver's command line.
func (o Options) flags() []string {
	f := []string{"--listen", "127.0.0.1:0"}
	add := func(name string, value any) { f = append(f, fmt.Sprintf("--%s=%v", name, value)) }
	durations := []struct {
		name  string
		value time.Duration
	}{
		{"ping-interval", o.PingInterval}, {"ping-timeout", o.PingTimeout},
		{"upgrade-timeout", o.UpgradeTimeout}, {"connect-timeout", o.ConnectTimeout},
	}
	for _, d := range durations {
		if d.value != 0 {
			add(d.name, d.value)
		}
	}
	if o.MaxHTTPBufferSize != 0 {
		add("max-http-buffer-size", o.MaxHTTPBufferSize)
	}
	if len(o.Transports) > 0 {
		add("transports", strings.Join(o.Transports, ","))
	}
	if o.NoUpgrades {
		add("allow-upgrades", false)
	}
	if o.NoEIO3 {
		add("allow-eio3", false)
	}
	for _, origin := range o.Origins {
		add("cors-origin", origin)
	}
	if o.Credentials {
		add("cors-credentials", true)
	}
	if o.Cookie != "" {
		add("cookie", o.Cookie)
	}
	if o.Path != "" {
		add("path", o.Path)
	}
	if o.NoHTTPCompression {
		add("http-compression", false)
	}
	if o.Workers != 0 {
		add("workers", strconv.Itoa(o.Workers))
	}
	if o.Balance != "" {
		add("balance", o.Balance)
	}
	return append(f, o.Flags...)
}

// reference are the reference's options, as JSON.
func (o Options) reference() string {
	r := map[string]any{"listen": "127.0.0.1:0", "allowEIO3": !o.NoEIO3}
	milliseconds := map[string]time.Duration{
		"pingInterval": o.PingInterval, "pingTimeout": o.PingTimeout,
		"upgradeTimeout": o.UpgradeTimeout, "connectTimeout": o.ConnectTimeout,
	}
	for name, d := range milliseconds {
		if d != 0 {
			r[name] = d.Milliseconds()
		}
	}
	if o.MaxHTTPBufferSize != 0 {
		r["maxHttpBufferSize"] = o.MaxHTTPBufferSize
	}
	if len(o.Transports) > 0 {
		r["transports"] = o.Transports
	}
	if o.NoUpgrades {
		r["allowUpgrades"] = false
	}
	if len(o.Origins) > 0 {
		cors := map[string]any{"origin": o.Origins, "credentials": o.Credentials}
		if o.Origins[0] == "*" {
			cors["origin"] = "*"
		}
		r["cors"] = cors
	}
	if o.Cookie != "" {
		r["cookie"] = map[string]any{"name": o.Cookie}
	}
	if o.Path != "" {
		r["path"] = o.Path
	}
	if o.NoHTTPCompression {
		r["httpCompression"] = false
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // maps of plain values
	}
	return string(b)
}
