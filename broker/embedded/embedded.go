package embedded

import (
	"context"
	"errors"
	"log/slog"
)

// Credential is a user of the server.
type Credential struct {
	User   string `json:"user"`
	Secret string `json:"secret"`
}

// Config of the server. It holds secrets: pass it to the process through an
// inherited descriptor or a file (WriteConfig, ReadConfig), never in arguments.
type Config struct {
	Cluster string `json:"cluster"` // name on the bus, broker.ValidToken

	// Port to listen on at 127.0.0.1; 0: any. A port that is taken falls back to
	// any other, so that a restarted server comes back where its clients look
	// first whenever that is possible.
	Port int `json:"port"`

	Internal    Credential `json:"internal"`
	Application Credential `json:"application"`

	MaxPayload int `json:"max_payload"` // bytes of one part, up to 8 MiB; default 1 MiB
	MaxPending int `json:"max_pending"` // bytes waiting for one client before it is cut off; default 32 MiB

	Logger *slog.Logger `json:"-"`
}

// Run serves until ctx ends, then closes all connections and returns nil. ready
// is called once, with the URL (without credentials) when clients can connect.
func Run(ctx context.Context, c Config, ready func(url string)) error {
	return errors.New("not yet")
}
