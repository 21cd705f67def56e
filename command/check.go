package command

import (
	"net"
	"strings"
)

// check refuses what each flag accepts but not together.
func (o *options) check() error {
	seen := make(map[string]bool)
	for _, list := range []struct {
		flag      string
		addresses []string
	}{{"--listen", o.listen}, {"--api-listen", o.api}} {
		for _, a := range list.addresses {
			if _, port, err := net.SplitHostPort(a); seen[a] && (err != nil || port != "0") {
				return &usageError{what: list.flag, given: a, accepted: "each address once"}
			}
			seen[a] = true
		}
	}
	if o.natsRequired && len(o.nats) == 0 {
		return &usageError{what: "--nats-required", given: "true", accepted: "it together with --nats"}
	}
	for _, a := range o.api {
		if !strings.HasPrefix(a, "unix:") && len(o.tokens.hashes) == 0 {
			return &usageError{what: "--api-listen", given: a, accepted: "TCP with a token only, from --api-token-file or " + tokenVariable + "; unix:/path without"}
		}
	}
	return nil
}

// secrets reads what does not stand in the settings themselves.
func (o *options) secrets() (err error) {
	o.tokens, err = readTokens(o.tokenFile)
	return err
}
