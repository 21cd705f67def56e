package command

import (
	"fmt"
	"net"
	"strings"

	"github.com/ioserver/ioserver/master"
)

const tokenNeeded = "TCP needs a token, in a file for --api-token-file or in " + tokenVariable

// childConfigLimit bounds what a worker is told, in bytes of JSON: it travels in
// one message between processes.
const childConfigLimit = 48 << 10

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
	if err := o.checkProxies(); err != nil {
		return err
	}
	for _, a := range o.api {
		if !strings.HasPrefix(a, "unix:") && len(o.tokens.hashes) == 0 {
			return &usageError{what: "--api-listen", given: a, problem: tokenNeeded}
		}
	}
	config, err := o.workerConfig()
	if len(config) > childConfigLimit {
		return &usageError{what: "--cors-origin", given: o.worker.CORSOrigins[0] + ",...", accepted: fmt.Sprintf("some %d bytes in all", childConfigLimit)}
	}
	return err
}

// mostNetworks is how many --trusted-proxy may be given: each request is compared with all of them.
const mostNetworks = 256

// checkProxies refuses to believe headers of nobody.
func (o *options) checkProxies() error {
	const together = "it together with --trusted-proxy, the networks of those who may say who their clients are"
	none := len(o.worker.TrustedProxies) == 0
	switch {
	case o.proxyProtocol && none:
		return &usageError{what: "--proxy-protocol", given: "true", accepted: together}
	case o.balance == string(master.Header) && none:
		return &usageError{what: "--balance", given: o.balance, accepted: together}
	case len(o.worker.TrustedProxies) > mostNetworks:
		return &usageError{what: "--trusted-proxy", given: o.worker.TrustedProxies[0] + ",...", accepted: fmt.Sprintf("at most %d networks", mostNetworks)}
	}
	return nil
}
