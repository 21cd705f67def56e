package command

import (
	"crypto/sha256"
	"fmt"
	"net"
	"strings"

	"github.com/ioserver/ioserver/broker/embedded"
)

const (
	secretFileLimit = 4 << 10  // bytes of a file with a secret
	pemLimit        = 24 << 10 // bytes of certificates and key: they travel in one message between processes
)

// peering is how the embedded servers of several machines join into one: what
// the flags say, and what the files hold.
type peering struct {
	listen     string
	join       []string
	secretFile string
	cert       string
	key        string
	ca         string

	sum    [sha256.Size]byte // of the secret, to tell that it has changed
	secret string            // made from the secret and the cluster's name
	pem    *embedded.PEM
	notes  []string // what is unwise, for the log
}

// read checks the flags against each other, and reads the files.
func (p *peering) read(o *options) error {
	if err := p.check(len(o.nats) > 0); err != nil || p.listen == "" {
		return err
	}
	if err := p.readSecret(o.cluster); err != nil {
		return err
	}
	return p.readPEM()
}

// check refuses what each flag accepts but not together.
func (p *peering) check(nats bool) error {
	tls := 0
	for _, f := range []struct {
		name, value string
		tls         bool
	}{
		{"--cluster-listen", p.listen, false}, {"--cluster-join", strings.Join(p.join, ","), false}, {"--cluster-secret-file", p.secretFile, false},
		{"--cluster-tls-cert", p.cert, true}, {"--cluster-tls-key", p.key, true}, {"--cluster-tls-ca", p.ca, true},
	} {
		switch {
		case f.value == "":
		case nats:
			return &usageError{what: f.name, given: f.value, problem: "not together with --nats: it joins the NATS servers that ioserver runs itself"}
		case p.listen == "":
			return &usageError{what: f.name, given: f.value, accepted: "it together with --cluster-listen"}
		case p.secretFile == "":
			return &usageError{what: f.name, given: f.value, problem: "needs a secret that all machines share, in a file for --cluster-secret-file"}
		case f.tls:
			tls++
		}
	}
	if tls > 0 && tls < 3 {
		return &usageError{what: "--cluster-tls-cert, --cluster-tls-key, --cluster-tls-ca", accepted: "all three or none"}
	}
	return nil
}

// readSecret takes the secret: one line. What is said of it names its place,
// never the secret.
func (p *peering) readSecret(cluster string) error {
	content, mode, err := readFile(p.secretFile, secretFileLimit)
	if err != nil {
		return fmt.Errorf("--cluster-secret-file: %w", err)
	}
	name := "--cluster-secret-file " + oneLine(p.secretFile)
	secret := strings.TrimSpace(string(content))
	switch {
	case mode&0o006 != 0:
		return &usageError{what: name, problem: fmt.Sprintf("open to every user of this machine (mode %04o): chmod o= it", mode.Perm())}
	case secret == "":
		return &usageError{what: name, problem: "empty; accepted: one line with a secret, such as openssl rand -base64 32 makes"}
	case strings.ContainsAny(secret, "\r\n"):
		return &usageError{what: name, problem: "more than one line; accepted: one line with a secret"}
	case len(secret) < embedded.MinSecret:
		return &usageError{what: name, problem: fmt.Sprintf("a secret of %d characters; accepted: at least %d", len(secret), embedded.MinSecret)}
	}
	p.sum = sha256.Sum256([]byte(secret))
	p.secret, err = embedded.RouteSecret(cluster, secret)
	return err
}

// readPEM takes certificates and key, which have to fit each other.
func (p *peering) readPEM() error {
	if p.cert == "" {
		return nil
	}
	p.pem = new(embedded.PEM)
	total := 0
	for _, f := range []struct {
		flag, name string
		text       *string
	}{{"--cluster-tls-cert", p.cert, &p.pem.Cert}, {"--cluster-tls-key", p.key, &p.pem.Key}, {"--cluster-tls-ca", p.ca, &p.pem.CA}} {
		content, mode, err := readFile(f.name, pemLimit)
		if err != nil {
			return fmt.Errorf("%s: %w", f.flag, err)
		}
		if f.text == &p.pem.Key && mode&0o006 != 0 {
			p.notes = append(p.notes, fmt.Sprintf("%s is open to every user of this machine (mode %04o): chmod o= it", oneLine(f.name), mode.Perm()))
		}
		*f.text = string(content)
		total += len(content)
	}
	if total > pemLimit {
		return &usageError{what: "--cluster-tls-cert, --cluster-tls-key, --cluster-tls-ca", accepted: fmt.Sprintf("files of %d bytes in all", pemLimit)}
	}
	if _, err := embedded.NewIdentity(*p.pem); err != nil {
		return &usageError{what: "--cluster-tls-cert, --cluster-tls-key, --cluster-tls-ca", problem: oneLine(err.Error())}
	}
	return nil
}

// config is what the embedded server is told; nil: it is alone.
func (p *peering) config() *embedded.Peering {
	if p.listen == "" {
		return nil
	}
	return &embedded.Peering{Listen: p.listen, Join: p.join, Secret: p.secret, TLS: p.pem}
}

// probe finds out at the start whether the address can be had: the server that is
// to listen there is another process, and its failures are mended by starting it
// again.
func (p *peering) probe() error {
	if p.listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", p.listen)
	if err != nil {
		return fmt.Errorf("--cluster-listen: %w", err)
	}
	return l.Close()
}

// take takes up new certificates, where they are in the same files, and returns
// what has changed, and what would need a restart.
func (p *peering) take(next *peering) (changed, kept []string) {
	if p.secretFile == next.secretFile && p.sum != next.sum {
		kept = append(kept, "what is in cluster-secret-file")
	}
	same := p.cert == next.cert && p.key == next.key && p.ca == next.ca
	if same && p.pem != nil && next.pem != nil && *p.pem != *next.pem {
		p.pem = next.pem
		changed = append(changed, "what is in cluster-tls-cert, cluster-tls-key and cluster-tls-ca")
	}
	p.notes = next.notes
	return changed, kept
}

// machine is the address of other machines' servers, or for them.
func machine(hosts bool) func(string) error {
	return func(s string) error {
		if strings.HasPrefix(s, "unix:") {
			return errUnusable
		}
		if err := address(s); err != nil {
			return err
		}
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return err
		}
		return usable(port != "0" && (host != "" || !hosts))
	}
}
