package embedded

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Limits and deadlines between machines.
const (
	routeAuthTimeout   = 5.0              // seconds from connection to credentials
	routeTLSTimeout    = 5.0              // seconds for a handshake
	routePingInterval  = 5 * time.Second  // maxPingsOut unanswered ones end a connection
	routeWriteDeadline = 5 * time.Second  // one write to a server that takes nothing or little, before it is cut off: what waits for it is in memory
	routeRetries       = 7 * 24 * 60 * 60 // about one a second: how long a server that others told of, and nobody joins by name, is tried
	silentReports      = 1 << 30          // attempts that fail between two lines of the server's; ours tell instead
	listenTimeout      = 10 * time.Second // from the start to the listener

	// MinSecret is how long the secret that machines share has to be, in characters.
	MinSecret = 16
)

// Peering joins the servers of several machines into one cluster. Servers of
// another cluster name, or another secret, are refused.
//
// Every server connects to every other. It suffices that each knows one that
// others know too: servers tell each other of those they know.
type Peering struct {
	Listen string   `json:"listen"`         // host:port, where other machines' servers connect; no host: all addresses
	Join   []string `json:"join,omitempty"` // host:port of others; a name stands for all of its addresses, and is looked up again and again
	Secret string   `json:"secret"`         // what RouteSecret makes
	TLS    *PEM     `json:"tls,omitempty"`  // nil: in the clear, the credentials too

	// Identity is what TLS holds, where it is to be renewed while the server
	// runs; nil: it is made from TLS.
	Identity *Identity `json:"-"`
	// Lookup finds a name's addresses; nil: the system's way.
	Lookup func(ctx context.Context, host string) ([]string, error) `json:"-"`
}

// RouteSecret derives what servers of a cluster show each other from what its
// machines share, by HKDF (RFC 5869): whoever reads it on the wire can use it
// nowhere but there, and not for another cluster's name.
func RouteSecret(cluster, shared string) (string, error) {
	if len(shared) < MinSecret {
		return "", fmt.Errorf("embedded: a secret of fewer than %d characters", MinSecret)
	}
	key, err := hkdf.Key(sha256.New, []byte(shared), nil, "ioserver/cluster-route/1/"+cluster, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("embedded: derive the secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(key), nil
}

// routeUser names the cluster: a server of another one is told apart from one
// that has another secret.
func routeUser(cluster string) string { return "ioserver." + cluster }

func (p *Peering) withDefaults() (*Peering, error) {
	own := *p
	if _, _, err := own.address(); err != nil {
		return nil, err
	}
	if len(own.Secret) < MinSecret {
		return nil, errors.New("embedded: the secret between machines is missing or too short")
	}
	for _, a := range own.Join {
		if host, _, err := splitAddress(a); err != nil || host == "" {
			return nil, fmt.Errorf("embedded: bad address to join: %q", a)
		}
	}
	if own.Identity == nil && own.TLS != nil {
		identity, err := NewIdentity(*own.TLS)
		if err != nil {
			return nil, err
		}
		own.Identity = identity
	}
	if own.Lookup == nil {
		own.Lookup = net.DefaultResolver.LookupHost
	}
	return &own, nil
}

// address is where to listen, as the server wants it.
func (p *Peering) address() (host string, port int, err error) {
	host, port, err = splitAddress(p.Listen)
	if err != nil {
		return "", 0, fmt.Errorf("embedded: bad address to listen on: %q", p.Listen)
	}
	if host == "" {
		host = everywhere()
	}
	return host, port, nil
}

func splitAddress(a string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(a)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	if err == nil && (port < 1 || port > 65535) {
		err = errors.New("no such port")
	}
	return host, port, err
}

// everywhere is IPv6's and with it IPv4's any address, or only IPv4's where
// there is nothing else.
func everywhere() string {
	l, err := net.Listen("tcp6", "[::]:0")
	if err != nil {
		return "0.0.0.0"
	}
	_ = l.Close()
	return "::"
}

// route adds to the server's options what joins it with others.
func (c Config) route(o *server.Options, g *gate) {
	p := c.Peering
	host, port, _ := p.address()             // withDefaults has seen it
	o.ServerName = "ioserver-" + rand.Text() // two of one name refuse each other
	o.Cluster = server.ClusterOpts{
		Name: c.Cluster, Host: host, Port: port,
		Username: g.user, Password: p.Secret, AuthTimeout: routeAuthTimeout,
		NoAdvertise:    true, // workers have no business with other machines' servers, which listen on loopback for theirs
		ConnectRetries: routeRetries,
		PoolSize:       1, // connections between two servers: there is one account, which uses one
		Compression:    server.CompressionOpts{Mode: server.CompressionOff},
		PingInterval:   routePingInterval, MaxPingsOut: maxPingsOut,
		WriteDeadline: routeWriteDeadline, WriteTimeout: server.WriteTimeoutPolicyClose,
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
		// Or else others are told of the address that connections come from, which
		// need not be one where this server listens.
		o.Cluster.Advertise = net.JoinHostPort(host, strconv.Itoa(port))
	}
	if p.Identity != nil {
		o.Cluster.TLSConfig, o.Cluster.TLSTimeout = p.Identity.config(), routeTLSTimeout
	}
	o.CustomRouterAuthentication = g
	o.ConnectErrorReports, o.ReconnectErrorReports = silentReports, silentReports
}
