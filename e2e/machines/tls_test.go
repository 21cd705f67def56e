package machines

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// certificates are of one authority: files of its own certificate, and of one for
// machines with its key.
type certificates struct{ ca, cert, key string }

func newCertificates(t *testing.T) certificates {
	t.Helper()
	dir := t.TempDir()
	until := time.Now().Add(30 * 24 * time.Hour)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, own := newKey(t), newKey(t)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "any machine"}, NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	write := func(name, kind string, der []byte, err error) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err == nil {
			err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	var c certificates
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	c.ca = write("ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, authority, &own.PublicKey, caKey)
	c.cert = write("cert.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalPKCS8PrivateKey(own)
	c.key = write("key.pem", "PRIVATE KEY", der, err)
	return c
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c certificates) flags() []string {
	return []string{"--cluster-tls-ca=" + c.ca, "--cluster-tls-cert=" + c.cert, "--cluster-tls-key=" + c.key}
}

// TestMachinesOverTLS serve as one. A machine with the secret and no TLS, and one
// with certificates of another authority, stay outside, and both sides say why.
func TestMachinesOverTLS(t *testing.T) {
	t.Parallel()
	secret := secretFile(t, "a secret of three machines")
	w := newEmbeddedWorld(t, secret, [3]int{0, 1, 2}, newCertificates(t).flags()...)
	c := gatherOfficial(t, w.Network, allWays, w.hosts...)
	first := w.hosts[0]
	plain := runOn(t, machine(t, w.Network, "x"), peering(secret, first.Machine)...)
	other := runOn(t, machine(t, w.Network, "y"), append(peering(secret, first.Machine), newCertificates(t).flags()...)...)
	for _, said := range []struct {
		h    *host
		text string
	}{
		{first, "a server was turned away: TLS route handshake error: tls: first record does not look like a TLS handshake"},
		{plain, "it may want TLS (--cluster-tls-cert)"},
		{first, "a server was turned away: it refuses our certificate"},
		{other, "a server is not joined: TLS route handshake error: x509: certificate signed by unknown authority"},
	} {
		if _, err := said.h.Await(patience, func(l node.Line) bool { return strings.Contains(l.Text, said.text) }); err != nil {
			t.Errorf("%s does not say %q: %v", said.h.Name, said.text, err)
		}
	}
	together(t, w.hosts...)
	together(t, plain)
	together(t, other)
	c.hear(20, 0, 1, 2)
	took, err := first.KillBroker(patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("serves again after %v", took)
	for _, h := range w.hosts {
		h.routed(2)
	}
	c.hear(20, 0, 1, 2)
	c.end()
}
