package embedded_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker/embedded"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key, a.pem = sign(t, template, nil)
	return a
}

// sign makes a certificate; without a signer it signs itself.
func sign(t *testing.T, template *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// issue makes a machine's certificate, valid until then.
func (a *authority) issue(until time.Time) *embedded.PEM {
	a.t.Helper()
	_, key, cert := sign(a.t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "machine"}, NotBefore: until.Add(-24 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &embedded.PEM{Cert: cert, Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), CA: a.pem}
}

func (a *authority) machine(t *testing.T) *machine {
	m := alone(t)
	m.Peering.TLS = a.issue(time.Now().Add(time.Hour))
	return m
}

// TestTLS: machines with certificates of one authority join; one of another
// authority, and one without TLS, do not.
func TestTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	first := a.machine(t).start(t)
	second := a.machine(t).joins(first).start(t)
	third := a.machine(t).joins(first).start(t)
	for name, stranger := range map[string]*machine{"another authority": newAuthority(t).machine(t), "no TLS": alone(t)} {
		stranger.joins(first).start(t)
		stranger.log.await(t, "level=WARN", "a server is not joined", "peer="+first.address)
		apart(t, first, stranger)
		t.Log(name, stranger.log.await(t, "a server is not joined"))
	}
	t.Log(first.log.await(t, "level=WARN", "a server was turned away", "TLS"))
	for _, m := range []*machine{first, second, third} {
		m.joined(t, 2)
	}
	whole(t, first, second, third)
}

// TestCertificatesAreRenewed while the server runs: what connects later is shown
// the new one.
func TestCertificatesAreRenewed(t *testing.T) {
	t.Parallel()
	former, next := newAuthority(t), newAuthority(t)
	m := former.machine(t)
	identity, err := embedded.NewIdentity(*m.Peering.TLS)
	if err != nil {
		t.Fatal(err)
	}
	m.Peering.Identity = identity
	m.start(t)
	other := next.machine(t).joins(m).start(t)
	other.log.await(t, "a server is not joined")
	if err := identity.Renew(*next.issue(time.Now().Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	m.joined(t, 1)
	whole(t, m, other)
}

func TestBadIdentity(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	good := a.issue(time.Now().Add(time.Hour))
	stranger := other.issue(time.Now().Add(time.Hour))
	for name, p := range map[string]embedded.PEM{
		"nothing":           {},
		"another key":       {Cert: good.Cert, Key: stranger.Key, CA: good.CA},
		"another authority": {Cert: good.Cert, Key: good.Key, CA: stranger.CA},
		"no authority":      {Cert: good.Cert, Key: good.Key, CA: "x"},
		"over":              *a.issue(time.Now().Add(-time.Hour)),
	} {
		if _, err := embedded.NewIdentity(p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	identity, err := embedded.NewIdentity(*good)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Renew(embedded.PEM{}); err == nil {
		t.Error("renewed by nothing")
	}
}
