package command

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/master"
)

// banner says what serves where.
func (o *options) banner(w io.Writer, s master.Started) {
	bus := "embedded NATS"
	if len(o.nats) > 0 {
		bus = broker.Redact(o.nats)
	}
	fmt.Fprintf(w, "ioserver %s serves %s on %s\n", version(), o.worker.Path, strings.Join(s.Addresses, ", "))
	fmt.Fprintf(w, "%s by %s, bus: %s, ready in %v\n", counted(s.Workers, "worker"), o.balance, bus, s.Took.Round(time.Millisecond))
	if len(s.API) > 0 {
		fmt.Fprintf(w, "HTTP API on %s\n", strings.Join(s.API, ", "))
	}
	if o.worker.Demo {
		if url := demoURL(s.Addresses); url != "" {
			fmt.Fprintf(w, "demo: %s\n", url)
		}
	}
}

// demoURL is where a person on this machine finds the demo.
func demoURL(addresses []string) string {
	for _, a := range addresses {
		host, port, err := net.SplitHostPort(a)
		if err != nil || strings.HasPrefix(a, "unix:") {
			continue
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		return "http://" + net.JoinHostPort(host, port) + "/"
	}
	return ""
}
