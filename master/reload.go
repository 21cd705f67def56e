package master

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// reload keeps a new configuration for successors and tells the children of it. One that no control message could carry is refused
// before anybody hears of it.
func (r *run) reload(m Reload) {
	if r.stopping() {
		return
	}
	for _, config := range []json.RawMessage{m.Worker, m.Embedded} {
		if err := checkConfig(config); err != nil {
			r.log.Error("configuration stays as it was", "error", err.Error())
			return
		}
	}
	if m.ShutdownTimeout > 0 {
		r.options.ShutdownTimeout = m.ShutdownTimeout
	}
	if m.TrustedProxies != nil {
		r.trust(m.TrustedProxies)
	}
	if m.Limits != nil && !r.door.setLimits(*m.Limits, time.Now()) {
		r.log.Warn("connections are not limited before a restart, since none were at the start",
			"connections", m.Limits.Connections, "per-address", m.Limits.PerAddress)
	}
	if len(m.Worker) > 0 {
		r.options.Worker = m.Worker
		r.tellWorkers(fdpass.Reload{Config: m.Worker}, nil)
	}
	if len(m.Embedded) > 0 && r.options.Embedded != nil {
		r.options.Embedded = m.Embedded
		if r.broker != nil {
			r.tell(r.broker, fdpass.Reload{Config: m.Embedded})
		}
	}
}

// checkConfig tells whether children can be sent a configuration.
func checkConfig(config json.RawMessage) error {
	if len(config) == 0 {
		return nil
	}
	b, err := json.Marshal(config)
	switch {
	case err != nil:
		return fmt.Errorf("master: configuration of the children: %w", err)
	case len(b) > maxConfig:
		return fmt.Errorf("master: configuration of the children: %d bytes, at most %d", len(b), maxConfig)
	}
	return nil
}
