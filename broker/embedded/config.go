package embedded

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/broker"
)

// Limits and deadlines of the server.
const (
	defaultMaxPayload = 1 << 20
	largestMaxPayload = 8 << 20
	defaultMaxPending = 64 << 20
	authTimeout       = 10.0            // seconds from connection to credentials
	writeDeadline     = 4 * time.Second // one write to a client that takes nothing; until then it may slow publishers
	pingInterval      = 10 * time.Second
	maxPingsOut       = 2
	minSecret         = 16 // characters
)

// Credential is a user of the server.
type Credential struct {
	User   string `json:"user"`
	Secret string `json:"secret"`
}

// NewCredential makes a random secret of 256 bits.
func NewCredential(user string) Credential {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return Credential{User: user, Secret: base64.RawURLEncoding.EncodeToString(b[:])}
}

// Config of the server. It holds secrets: pass it to the process through an
// inherited descriptor or a file, never in arguments.
type Config struct {
	Cluster string `json:"cluster"` // name on the bus, broker.ValidToken

	// Port to listen on at 127.0.0.1; 0: any. A port that is taken falls back to
	// any other, so that a restarted server comes back where its clients look
	// first whenever that is possible.
	Port int `json:"port"`

	Internal    Credential `json:"internal"`
	Application Credential `json:"application"`

	MaxPayload int `json:"max_payload"` // bytes of one part, up to 8 MiB; default 1 MiB
	MaxPending int `json:"max_pending"` // bytes waiting for one client before it is cut off; default 64 MiB

	Peering *Peering `json:"peering,omitempty"` // nil: the server is alone

	Logger *slog.Logger `json:"-"`
	Stats  *Stats       `json:"-"` // filled in while Run runs; may be nil
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxPayload == 0 {
		c.MaxPayload = defaultMaxPayload
	}
	if c.MaxPending == 0 {
		c.MaxPending = max(defaultMaxPending, 2*c.MaxPayload)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Stats == nil {
		c.Stats = new(Stats)
	}
	switch {
	case !broker.ValidToken(c.Cluster):
		return c, fmt.Errorf("embedded: bad cluster name %q", c.Cluster)
	case c.Port < 0 || c.Port > 65535:
		return c, fmt.Errorf("embedded: bad port %d", c.Port)
	case c.MaxPayload < 0 || c.MaxPayload > largestMaxPayload:
		return c, fmt.Errorf("embedded: payload limit %d is not within %d", c.MaxPayload, largestMaxPayload)
	case c.MaxPending < c.MaxPayload:
		return c, errors.New("embedded: pending limit is under the payload limit")
	case c.Internal.User == c.Application.User:
		return c, errors.New("embedded: two credentials of one name")
	}
	for _, u := range []Credential{c.Internal, c.Application} {
		if u.User == "" || len(u.Secret) < minSecret {
			return c, errors.New("embedded: a credential is missing or too short")
		}
	}
	if c.Peering == nil {
		return c, nil
	}
	peering, err := c.Peering.withDefaults()
	c.Peering = peering
	return c, err
}

// options turns everything off but one listener on loopback.
func (c Config) options(port int) *server.Options {
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return &server.Options{
		ServerName: "ioserver", Host: "127.0.0.1", Port: port,
		NoSigs: true, NoSystemAccount: true,
		MaxPayload: int32(c.MaxPayload), MaxPending: int64(c.MaxPending),
		// NoFastProducerStall would drop messages for a slow client silently, at three quarters of
		// MaxPending; a short stall, then a cut connection, is what the other side can see.
		WriteDeadline: writeDeadline, NoFastProducerStall: false,
		PingInterval: pingInterval, MaxPingsOut: maxPingsOut, AuthTimeout: authTimeout,
		Users: []*server.User{
			{Username: c.Internal.User, Password: c.Internal.Secret},
			{Username: c.Application.User, Password: c.Application.Secret, Permissions: c.application()},
		},
	}
}

// application is what applications may do: send commands, hear what the server
// tells and asks applications, answer at AnswerPrefix, and receive what answers
// their own requests. They hear neither each other's commands nor answers, and
// cannot pretend to be the server. The server's own "allow responses" would not
// do: with it, a client that publishes to itself, naming an internal subject for
// the answer, may then publish to that subject.
func (c Config) application() *server.Permissions {
	return &server.Permissions{
		Publish: &server.SubjectPermission{
			Allow: []string{ApplicationPrefix(c.Cluster) + ">"},
			Deny:  []string{ToldPrefix(c.Cluster) + ">"},
		},
		Subscribe: &server.SubjectPermission{
			Allow: []string{ToldPrefix(c.Cluster) + ">", ApplicationInbox + ".>"},
		},
	}
}

// ApplicationInbox is the prefix of applications' own reply subjects, the usual
// one of NATS clients. Whoever answers a request of an application must check
// that the reply subject begins with it: it could name an internal one.
const ApplicationInbox = "_INBOX"

// ApplicationPrefix begins all subjects that applications reach.
func ApplicationPrefix(cluster string) string { return "ioserver." + cluster + ".v1." }

// ToldPrefix begins the subjects where the server tells and asks applications.
func ToldPrefix(cluster string) string { return ApplicationPrefix(cluster) + "on." }

// AnswerPrefix begins the subjects where applications answer requests; to be
// the Inbox of the Broker that asks them.
func AnswerPrefix(cluster string) string { return ApplicationPrefix(cluster) + "answer." }
