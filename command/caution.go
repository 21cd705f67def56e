package command

import (
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/ioserver/ioserver/protocol/proxy"
)

// warnings say which of the settings leave a guard down, since one that was
// meant for a moment is easily forgotten.
func (o *options) warnings() []string {
	var w []string
	if slices.Contains(o.worker.CORSOrigins, "*") {
		w = append(w, "pages of every origin may connect, and act for who looks at them (--cors-origin=*)")
	}
	if b := &o.worker.Backend; b.At != "" && b.AllowAbsent {
		w = append(w, "clients come in unasked while the application does not answer (--backend-absent=allow)")
	}
	for _, a := range o.api {
		if host, _, err := net.SplitHostPort(a); err == nil && !strings.HasPrefix(a, "unix:") && !loopback(host) {
			w = append(w, "the tokens of the HTTP API are read by everybody on the way to it: keep it on this machine, behind a proxy with TLS (--api-listen="+a+")")
		}
	}
	w = append(w, o.peering.notes...)
	w = append(w, o.application.notes...)
	w = append(w, o.jwt.notes...)
	for _, s := range o.worker.TrustedProxies {
		if n, err := proxy.ParseNetworks([]string{s}); err == nil && n.Everybody() {
			w = append(w, "everybody may say that they are somebody else: who connects is believed what forwarded headers name (--trusted-proxy="+s+")")
		}
	}
	return append(w, o.tokens.notes...)
}

// strays name the variables that look like settings and set nothing. They are not
// refused: other programs may have theirs, and a newer ioserver more of them.
func (t *table) strays(environment []string) []string {
	known := []string{strings.TrimPrefix(tokenVariable, variablePrefix)}
	for _, s := range t.settings {
		known = append(known, strings.TrimPrefix(s.variable(), variablePrefix))
	}
	var w []string
	for _, v := range environment {
		variable, _, _ := strings.Cut(v, "=")
		name, ours := strings.CutPrefix(variable, variablePrefix)
		if !ours || slices.Contains(known, name) {
			continue
		}
		text := oneLine(variable) + " sets nothing: there is no such variable"
		if n := nearest(name, known); n != "" {
			text += ", did you mean " + variablePrefix + n + "?"
		}
		w = append(w, text)
	}
	return w
}

func (c *configuration) warnings() []string {
	return append(c.options.warnings(), c.strays(os.Environ())...)
}

func (c *configuration) caution(l *slog.Logger) {
	for _, w := range c.warnings() {
		l.Warn(w)
	}
}
