package embedded

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// PEM is how a server proves to others that it belongs to them: the texts of PEM
// files.
type PEM struct {
	Cert string `json:"cert"` // the certificate, and those between it and the authority's
	Key  string `json:"key"`
	CA   string `json:"ca"` // of the authority that has signed the certificates of all machines
}

// Identity is a PEM in use. It is safe for concurrent use.
type Identity struct{ now atomic.Pointer[identity] }

type identity struct {
	cert  tls.Certificate
	chain []*x509.Certificate // of cert
	ca    *x509.CertPool
}

// NewIdentity checks that the parts fit each other, and that the certificate is
// one of the authority's that is valid now.
func NewIdentity(p PEM) (*Identity, error) {
	i := new(Identity)
	return i, i.Renew(p)
}

// OpenIdentity is NewIdentity for a server that its own machine needs whatever
// others think of it: what the certificate is refused for is told by Fault.
func OpenIdentity(p PEM) (*Identity, error) {
	next, err := p.open()
	if err != nil {
		return nil, err
	}
	i := new(Identity)
	i.now.Store(next)
	return i, nil
}

// Renew is for connections from now on. On an error nothing changes.
func (i *Identity) Renew(p PEM) error {
	next, err := p.open()
	if err == nil {
		err = next.fault()
	}
	if err != nil {
		return err
	}
	i.now.Store(next)
	return nil
}

// Fault is what others refuse the certificate for now, nil if there is nothing.
func (i *Identity) Fault() error { return i.now.Load().fault() }

// open reads the parts, which have to fit each other.
func (p PEM) open() (*identity, error) {
	cert, err := tls.X509KeyPair([]byte(p.Cert), []byte(p.Key))
	if err != nil {
		return nil, fmt.Errorf("certificate and key: %w", err)
	}
	i := &identity{cert: cert, ca: x509.NewCertPool()}
	if !i.ca.AppendCertsFromPEM([]byte(p.CA)) {
		return nil, errors.New("no certificate of an authority")
	}
	for _, der := range cert.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		i.chain = append(i.chain, c)
	}
	return i, nil
}

func (i *identity) fault() error {
	if err := i.verify(i.chain); err != nil {
		return fmt.Errorf("our own certificate: %w", err)
	}
	return nil
}

// until is when the first certificate of our own chain ends.
func (i *Identity) until() time.Time {
	chain := i.now.Load().chain
	first := chain[0].NotAfter
	for _, c := range chain[1:] {
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first
}

// config is for either side. The authority's signature is all that counts: the
// names in a certificate do not, since servers tell each other of addresses
// that nobody has named.
func (i *Identity) config() *tls.Config {
	return &tls.Config{
		MinVersion:           tls.VersionTLS12,
		GetCertificate:       func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &i.now.Load().cert, nil },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &i.now.Load().cert, nil },
		ClientAuth:           tls.RequireAnyClientCert,
		InsecureSkipVerify:   true, // VerifyConnection does it
		VerifyConnection:     func(s tls.ConnectionState) error { return i.now.Load().verify(s.PeerCertificates) },
		// A resumed session would outlive the certificate that it began with.
		SessionTicketsDisabled: true,
	}
}

func (i *identity) verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("there is no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: i.ca, Intermediates: between,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, // either: each server is both
	})
	return err
}
